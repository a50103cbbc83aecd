/** The edge as a client of its HTTP API sees it: one exchange after the other with a datacenter of a test's own. */
import { env, exports } from 'cloudflare:workers';
import { expect } from 'vitest';
import { directoryOf } from '../../src/directory/directory.ts';

export interface HttpAnswer {
  status: number;
  headers: Headers;
  body: string;
}

/** `PUT /v1/kv/a?flags=1`, what it carries, and the status and body it comes to; a pattern need only match. */
export type Exchange = [
  request: string,
  body: BodyInit | object | undefined,
  status: number,
  answer: unknown,
];

export interface HttpCase {
  law: string;
  exchanges: Exchange[];
}

let made = 0;

export class EdgeHttp {
  readonly datacenter: string;

  private constructor(datacenter: string) {
    this.datacenter = datacenter;
  }

  /** A datacenter that exists and that no other test uses. */
  static async of(name: string): Promise<EdgeHttp> {
    made += 1;
    const datacenter = `${name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 56)}-${made}`;
    await directoryOf(env.DIRECTORY).enter(datacenter);
    return new EdgeHttp(datacenter);
  }

  get object() {
    return env.DATACENTERS.getByName(this.datacenter);
  }

  async ask(
    request: string,
    body?: BodyInit | object,
    headers: Record<string, string> = {},
  ): Promise<HttpAnswer> {
    const [method = '', path = ''] = request.split(' ');
    const url = `http://127.0.0.1${path}${path.includes('?') ? '&' : '?'}dc=${this.datacenter}`;
    const sent = isPlain(body) ? JSON.stringify(body) : body;
    const response = await exports.default.fetch(url, {
      method,
      headers,
      redirect: 'manual',
      ...(sent === undefined ? {} : { body: sent }),
    });
    return { status: response.status, headers: response.headers, body: await response.text() };
  }

  /** The JSON of a read that succeeds. */
  async get<Value>(path: string): Promise<Value> {
    const { status, body } = await this.ask(`GET ${path}`);
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
    return JSON.parse(body);
  }

  async indexOf(path: string): Promise<number> {
    return Number((await this.ask(`GET ${path}`)).headers.get('X-Consul-Index'));
  }

  /** A node that has no checks. */
  async register(node: string, rest: object = {}): Promise<void> {
    await this.exchange([
      'PUT /v1/catalog/register',
      { Node: node, Address: '10.0.0.1', ...rest },
      200,
      'true',
    ]);
  }

  /** A session on `node`, which needs no checks unless `rest` names some. Its ID. */
  async session(node: string, rest: object = {}): Promise<string> {
    const { body } = await this.ask('PUT /v1/session/create', { Node: node, NodeChecks: [], ...rest });
    return JSON.parse(body).ID;
  }

  async exchange([request, body, status, answer]: Exchange): Promise<void> {
    const given = await this.ask(request, body);
    expect({ request, status: given.status }, given.body).toEqual({ request, status });
    if (answer instanceof RegExp) expect(given.body).toMatch(answer);
    else if (typeof answer === 'string') expect(given.body).toBe(answer);
    else expect(JSON.parse(given.body)).toMatchObject(answer as object);
  }
}

export async function runCase({ law, exchanges }: HttpCase): Promise<void> {
  const edge = await EdgeHttp.of(law);
  for (const exchange of exchanges) await edge.exchange(exchange);
}

const isPlain = (body: BodyInit | object | undefined): body is object =>
  typeof body === 'object' && [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(body));
