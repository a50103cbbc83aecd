/** `-cas` of the commands that change a key: only if nobody has changed it since it was read. */
export const casFlag = {
  name: 'cas',
  type: 'bool',
  help: 'Only if the key is still that of -modify-index.',
} as const;

export const modifyIndexFlag = {
  name: 'modify-index',
  type: 'uint64',
  help: 'The ModifyIndex that the key was last seen with. For -cas.',
} as const;

/** The index that `cas` is to send, in decimal digits; undefined without -cas. @throws when it is not given. */
export function casIndex(values: { cas?: boolean; 'modify-index'?: string }): string | undefined {
  const { cas = false, 'modify-index': index = '0' } = values;
  if (cas && index === '0') throw new Error('Must specify -modify-index with -cas!');
  return cas ? index : undefined;
}
