/**
 * What a sidecar's sync can be in and what brings it from there to where, all of it: one table for the connection with its
 * copy ({@link Feed}), one for the writing of what this host declares ({@link HostSync}). An event without an entry has no
 * place in that state: a timer or call that comes then does nothing, and a message that does is a sign that one before it
 * was lost, doubled or overtaken, so the connection is given up and the copy brought up to date on the next.
 */

/**
 * - `stopped`: nothing is open and nothing will be
 * - `waiting`: to try again, for as long as `back-off.ts` says
 * - `connecting`: a socket is being opened
 * - `greeting`: hello was said, the edge has not answered it
 * - `catching up`: the edge has promised one delta with all that the copy lacks
 * - `copying`: pages of the whole catalog arrive beside the old copy, which goes on answering
 * - `live`: the copy is the catalog, and follows it
 */
export type FeedState =
  | 'stopped'
  | 'waiting'
  | 'connecting'
  | 'greeting'
  | 'catching up'
  | 'copying'
  | 'live';

/** `broken`: closed, silent, refused, late, or out of step. */
export type FeedEvent =
  | 'start'
  | 'retry'
  | 'opened'
  | 'delta promised'
  | 'pages promised'
  | 'page'
  | 'last page'
  | 'delta'
  | 'broken'
  | 'stop';

/**
 * - `offline`: there is no live copy to compare with
 * - `idle`: the catalog says what this host says, but for what rests (see `resting-ops.ts`)
 * - `writing`: a batch is on its way; whatever moves meanwhile is found by the compare after its acknowledgement
 * - `leaving`: the edge was told that this host goes
 * - `left`: it has gone, as far as it could be said
 */
export type WriteState = 'offline' | 'idle' | 'writing' | 'leaving' | 'left';

export type WriteEvent =
  | 'live'
  | 'differs'
  | 'acknowledged'
  | 'leave'
  | 'leave acknowledged'
  | 'late'
  | 'lost';

type Table<State extends string, Event extends string> = Record<State, Partial<Record<Event, State>>>;

export const feedTable: Table<FeedState, FeedEvent> = {
  stopped: { start: 'connecting' },
  waiting: { retry: 'connecting', stop: 'stopped' },
  connecting: { opened: 'greeting', broken: 'waiting', stop: 'stopped' },
  greeting: {
    'delta promised': 'catching up',
    'pages promised': 'copying',
    broken: 'waiting',
    stop: 'stopped',
  },
  'catching up': { delta: 'live', broken: 'waiting', stop: 'stopped' },
  copying: { page: 'copying', delta: 'copying', 'last page': 'live', broken: 'waiting', stop: 'stopped' },
  live: { delta: 'live', broken: 'waiting', stop: 'stopped' },
};

/** A batch that is not acknowledged in time breaks the connection, so in `writing` `late` comes as `lost`. */
export const writeTable: Table<WriteState, WriteEvent> = {
  offline: { live: 'idle' },
  idle: { differs: 'writing', leave: 'leaving', lost: 'offline' },
  writing: { acknowledged: 'idle', leave: 'leaving', lost: 'offline' },
  leaving: { 'leave acknowledged': 'left', late: 'left', lost: 'left' },
  left: {},
};

/**
 * How long the edge may take to say what a state waits for, in ms. The runtime answers heartbeats in the object's place, so
 * one whose object is stuck sounds alive for ever.
 */
export const answerMsMax: Partial<Record<FeedState | WriteState, number>> = {
  greeting: 30_000,
  'catching up': 60_000,
  copying: 60_000,
  writing: 30_000,
  leaving: 3_000,
};
