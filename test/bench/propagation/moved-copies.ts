const line = /^(\S+) \[TRACE\] \S+: copy moved: index=(\d+) /gm;

/** When a sidecar's copy came to each index, as its log says; in ms since 1970, at the end of the millisecond it names. */
export const movedAtMs = (log: string): Map<number, number> =>
  new Map(Array.from(log.matchAll(line), ([, time, index]) => [Number(index), Date.parse(time!) + 1]));
