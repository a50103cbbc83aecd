/**
 * Watches: a query that is asked again whenever its answer changes, and the program or URL that each new answer is handed
 * to.
 *
 * Source: https://developer.hashicorp.com/consul/docs/automate/watch.
 */
import {
  boolean,
  duration,
  type Kind,
  mapOf,
  type Place,
  type ReadOf,
  string,
  stringList,
  struct,
} from '../../src/shared/definition/shape.ts';

export type WatchQuery =
  | { type: 'key'; key: string }
  | { type: 'keyprefix'; prefix: string }
  | { type: 'services'; filter?: string }
  | { type: 'nodes'; filter?: string }
  | { type: 'service'; service: string; tags: string[]; passingOnly: boolean; filter?: string }
  /** Neither service nor state: all checks. */
  | { type: 'checks'; service?: string; state?: string; filter?: string }
  /** No name: all events. */
  | { type: 'event'; name?: string };

export type WatchHandler =
  /** The answer arrives on standard input; no shell is involved. */
  | { type: 'args'; args: string[] }
  /** The older form: one text for the shell. */
  | { type: 'shell'; command: string }
  | {
      type: 'http';
      url: string;
      method: string;
      header: Record<string, string[]>;
      timeoutMs: number;
      tlsSkipVerify: boolean;
    };

export interface WatchDefinition {
  query: WatchQuery;
  handler: WatchHandler;
  /** "": the datacenter of the agent. */
  datacenter: string;
  /** "": the agent's own. */
  token: string;
  stale: boolean;
}

const httpTimeoutMsDefault = 10_000;

/** One text or a list of them. */
const oneOrMany: Kind<string[]> = {
  ...stringList,
  read: (value, at: Place) => (typeof value === 'string' ? [value] : stringList.read(value, at)),
};

/** The keys of a watch. Which of them a type of watch needs is checked by {@link makeWatchDefinition}. */
export const watchShape = struct('watch', {
  /** key, keyprefix, services, nodes, service, checks or event. */
  type: string,
  key: string,
  prefix: string,
  service: string,
  /** The instances must have all of these tags. */
  tag: oneOrMany,
  passingonly: boolean,
  state: string,
  name: string,
  /** An expression that the instances, nodes, services or checks must match. */
  filter: string,
  datacenter: string,
  token: string,
  /** Answers may be those of the host's own copy of the catalog. */
  stale: boolean,
  args: stringList,
  handler: string,
  /** "script" or "http". Default "script". */
  handler_type: string,
  http_handler_config: struct('http_handler_config', {
    path: string,
    /** Default "POST". */
    method: string,
    header: mapOf(stringList),
    /** Default "10s". */
    timeout: duration,
    tls_skip_verify: boolean,
  }),
});

export type WrittenWatch = ReadOf<typeof watchShape>;

/** Why a watch is refused: Consul's text. */
export class WatchError extends Error {}

/** The normalised watch. Also for `watch` on the command line. @throws {WatchError} */
export function makeWatchDefinition(written: WrittenWatch): WatchDefinition {
  const { datacenter = '', token = '', stale = false } = written;
  return { query: makeWatchQuery(written), handler: makeHandler(written), datacenter, token, stale };
}

/** What each type may be told beside `type`. */
const paramsOf = {
  key: ['key'],
  keyprefix: ['prefix'],
  services: ['filter'],
  nodes: ['filter'],
  service: ['service', 'tag', 'passingonly', 'filter'],
  checks: ['service', 'state', 'filter'],
  event: ['name'],
} as const satisfies Record<WatchQuery['type'], readonly (keyof WrittenWatch)[]>;

/** @throws {WatchError} when the type is unknown, lacks what it needs, or is told what it has no use for */
export function makeWatchQuery(written: WrittenWatch): WatchQuery {
  const query = readWatchQuery(written);
  const allowed: readonly (keyof WrittenWatch)[] = paramsOf[query.type];
  const unused = [...new Set(Object.values(paramsOf).flat())].filter(
    (param) => !allowed.includes(param) && isGiven(written[param]),
  );
  if (unused.length > 0) throw new WatchError(`Invalid parameters: [${unused.sort().join(' ')}]`);
  return query;
}

const isGiven = (value: string | string[] | boolean | undefined): boolean =>
  typeof value === 'boolean' ? value : value !== undefined && value.length > 0;

function readWatchQuery(written: WrittenWatch): WatchQuery {
  const { type = '', key = '', prefix = '', service = '', state = '', name = '' } = written;
  const filter = written.filter ? { filter: written.filter } : {};
  switch (type) {
    case '':
      throw new WatchError('Watch type must be specified');
    case 'services':
    case 'nodes':
      return { type, ...filter };
    case 'key':
      return { type, key: needed(key, 'Must specify a single key to watch') };
    case 'keyprefix':
      return { type, prefix: needed(prefix, 'Must specify a single prefix to watch') };
    case 'service': {
      const { tag: tags = [], passingonly: passingOnly = false } = written;
      return {
        type,
        service: needed(service, 'Must specify a single service to watch'),
        tags,
        passingOnly,
        ...filter,
      };
    }
    case 'checks':
      if (service && state) throw new WatchError('Cannot specify service and state');
      return { type, ...(service && { service }), ...(state && { state }), ...filter };
    case 'event':
      return { type, ...(name && { name }) };
    default:
      throw new WatchError(`Unsupported watch type: ${type}`);
  }
}

function needed(text: string, fault: string): string {
  if (text === '') throw new WatchError(fault);
  return text;
}

function makeHandler({
  args = [],
  handler = '',
  handler_type = 'script',
  http_handler_config,
}: WrittenWatch) {
  if (handler_type === 'http') return makeHttpHandler(http_handler_config ?? {});
  if (handler_type !== 'script') throw new WatchError(`Handler type '${handler_type}' not recognized`);
  if (args.length > 0 && handler) throw new WatchError('Only one watch handler allowed');
  if (args.length > 0) return { type: 'args', args } as const;
  return { type: 'shell', command: needed(handler, 'Must define a watch handler') } as const;
}

function makeHttpHandler(written: NonNullable<WrittenWatch['http_handler_config']>): WatchHandler {
  const url = needed(written.path ?? '', "Requires 'path' to be set");
  if (!URL.canParse(url)) throw new WatchError(`Watch path is no URL: ${JSON.stringify(url)}`);
  return {
    type: 'http',
    url,
    method: written.method || 'POST',
    header: written.header ?? {},
    timeoutMs: written.timeout || httpTimeoutMsDefault,
    tlsSkipVerify: written.tls_skip_verify ?? false,
  };
}
