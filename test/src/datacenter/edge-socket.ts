/** A sidecar as the edge sees it: one end of the WebSocket, and what came down it. */
import { exports } from 'cloudflare:workers';
import type { CatalogRegistration } from '../../../src/shared/catalog-write.ts';
import type {
  AgentNode,
  CatalogOp,
  DownMessage,
  Hello,
  UpMessage,
} from '../../../src/shared/protocol/messages.ts';

type Message<Type extends DownMessage['Type']> = Extract<DownMessage, { Type: Type }>;

/** Long enough for any message that comes; what never comes fails the test. */
const takeTimeoutMs = 2_000;

export class EdgeSocket {
  readonly closed: Promise<string>;
  readonly #socket: WebSocket;
  readonly #texts: string[] = [];
  #wake: () => void = () => undefined;

  constructor(socket: WebSocket, options: WebSocketAcceptOptions = {}) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.addEventListener('close', ({ reason }) => resolve(reason)));
    socket.addEventListener('message', ({ data }) => {
      this.#texts.push(String(data));
      this.#wake();
    });
    socket.accept(options);
  }

  send(message: UpMessage | string | ArrayBuffer): void {
    const isRaw = typeof message === 'string' || message instanceof ArrayBuffer;
    this.#socket.send(isRaw ? message : JSON.stringify(message));
  }

  close(): void {
    this.#socket.close(1000, 'bye');
  }

  /** The next text, whatever it is. */
  async takeText(): Promise<string> {
    const over = Date.now() + takeTimeoutMs;
    while (this.#texts.length === 0) {
      if (Date.now() > over) throw new Error('nothing came');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, takeTimeoutMs);
      });
    }
    return this.#texts.shift()!;
  }

  /** The next message, which has to be of this type. */
  async take<Type extends DownMessage['Type']>(type: Type): Promise<Message<Type>> {
    const message = JSON.parse(await this.takeText()) as DownMessage;
    if (message.Type !== type) throw new Error(`${type} expected, came: ${JSON.stringify(message)}`);
    return message as Message<Type>;
  }

  /** Hello, and the whole copy that follows. */
  async join(hello: Partial<Hello> = {}) {
    this.send(makeHello(hello));
    const welcome = await this.take('welcome');
    const changes = [];
    if (welcome.Copy === 'delta') return { welcome, changes: (await this.take('delta')).Changes };
    for (let cursor: string | undefined; ; ) {
      if (cursor !== undefined) this.send({ Type: 'next', Cursor: cursor });
      const page = await this.take('page');
      changes.push(...page.Changes);
      if (page.Cursor === undefined) return { welcome, changes };
      cursor = page.Cursor;
    }
  }

  write(id: number, ...ops: CatalogOp[]): void {
    this.send({ Type: 'write', ID: id, Ops: ops });
  }
}

export async function upgrade(query: string): Promise<Response> {
  const headers = { Upgrade: 'websocket' };
  return await exports.default.fetch(`http://127.0.0.1/v1/sync?${query}`, { headers });
}

export async function openSocket(
  datacenter: string,
  options: WebSocketAcceptOptions = {},
): Promise<EdgeSocket> {
  const { webSocket } = await upgrade(`dc=${datacenter}`);
  return new EdgeSocket(webSocket!, options);
}

/** A sidecar that has joined for `node`. */
export async function joinedSocket(datacenter: string, node: string): Promise<EdgeSocket> {
  const socket = await openSocket(datacenter);
  await socket.join({ Agent: makeAgent(node) });
  return socket;
}

export const makeHello = (rest: Partial<Hello> = {}): Hello => ({
  Type: 'hello',
  Protocol: 2,
  CatalogID: '',
  Index: 0,
  ...rest,
});

export const makeAgent = (Node: string, rest: Partial<AgentNode> = {}): AgentNode => ({
  Node,
  ID: '',
  Address: '10.0.0.1',
  TaggedAddresses: null,
  NodeMeta: null,
  Role: 'client',
  ServerPort: 0,
  Version: '1',
  ...rest,
});

export const makeRegistration = (
  Node: string,
  rest: Partial<CatalogRegistration> = {},
): CatalogRegistration => ({
  Datacenter: '',
  Node,
  ID: '',
  Address: '10.0.0.1',
  TaggedAddresses: null,
  NodeMeta: null,
  Checks: [],
  SkipNodeUpdate: false,
  ...rest,
});

export const makeService = (Service: string, ID = Service) => ({
  ID,
  Service,
  Tags: [],
  Address: '',
  Meta: null,
  Port: 80,
  Weights: { Passing: 1, Warning: 1 },
  EnableTagOverride: false,
});

export const makeCheck = (CheckID: string, Status: string, ServiceID = '', DeregisterAfterMs?: number) => ({
  Node: '',
  CheckID,
  Name: CheckID,
  Status,
  Notes: '',
  Output: '',
  ServiceID,
  ServiceName: '',
  ServiceTags: [],
  Type: 'ttl',
  Definition: {},
  ...(DeregisterAfterMs === undefined ? {} : { DeregisterAfterMs }),
});
