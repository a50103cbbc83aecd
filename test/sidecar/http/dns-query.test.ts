/** DNS over HTTPS on a host: over a real connection, with the answers of port 8600. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AgentApi } from '../../../sidecar/http/agent-api.ts';
import { HttpServer } from '../../../sidecar/http/http-server.ts';
import { ApiError } from '../../../src/shared/api-error.ts';
import { base64url, longest, mediaType, refusals } from '../../cases/dns-over-https.ts';
import { decodeReply, encodeAsked } from '../../dns-message.ts';
import { freePort } from '../../e2e/ports.ts';
import { makeResponder } from '../../src/shared/dns/dns-responder-fixture.ts';
import { makeTestAgent } from './agent-fixture.ts';

interface Sent {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
}

interface Given {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

async function startHost(overrides: Partial<AgentApi> = {}, allowWriteHttpFrom: string[] = []) {
  const dns = makeResponder({ settings: { serviceTtlMs: { '*': 9_000 }, soa: { ...soa, minTtlS: 7 } } });
  const { app, asked } = makeTestAgent({ http: { allowWriteHttpFrom } }, { dns, ...overrides });
  const server = new HttpServer(app, {
    headerBytesMax: 1_048_576,
    connsPerClientMax: () => 0,
    permissions: { user: '', group: '', mode: '' },
    tls: undefined,
  });
  const port = await freePort();
  await server.start([{ ip: '127.0.0.1' }], port);
  onTestFinished(() => server.stop());
  const send = ({ path = '/dns-query', method = 'GET', headers = {}, body }: Sent): Promise<Given> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
        );
      });
      request.on('error', reject);
      request.end(body);
    });
  return { send, asked };
}

const soa = { refreshS: 3600, retryS: 600, expireS: 86_400 };
const web = encodeAsked({ name: 'web.service.consul' });
const asGet = (message: Uint8Array): Sent => ({ path: `/dns-query?dns=${base64url(message)}` });
const asPost = (message: Uint8Array): Sent => ({
  method: 'POST',
  headers: { 'Content-Type': mediaType },
  body: message,
});

describe('a question over HTTP', () => {
  it.each([
    ['GET', asGet],
    ['POST', asPost],
  ])('by %s has the answer that port 8600 gives over TCP, and lasts as long', async (_method, form) => {
    const { send } = await startHost();
    const { status, headers, body } = await send(form(web));
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      mediaType,
      'private, max-age=9',
    ]);
    const direct = decodeReply((await makeResponder().answerQuestion(web, 'tcp'))!);
    const dataOf = (records: string[]) => records.map((record) => record.replace(/ \d+ /, ' ')).sort();
    expect(dataOf(decodeReply(body).answer)).toEqual(dataOf(direct.answer));
  });

  it.each([
    ['nobody.service.consul', 'NXDOMAIN', 7],
    ['example.com', 'REFUSED', 0],
  ])('about %s is %s for %i s', async (name, rcode, seconds) => {
    const { send } = await startHost();
    const { headers, body } = await send(asGet(encodeAsked({ name })));
    expect([decodeReply(body).rcode, headers['cache-control']]).toEqual([
      rcode,
      `private, max-age=${seconds}`,
    ]);
  });

  it.each(refusals)('is refused: $law', async (refusal) => {
    const { path, method, type, body, status, text, allow } = refusal;
    const { send } = await startHost();
    const headers = type === undefined ? {} : { 'Content-Type': type };
    const given = await send({
      headers,
      ...(path ? { path } : {}),
      ...(method ? { method } : {}),
      ...(body ? { body } : {}),
    });
    expect([given.status, given.body.toString(), given.headers.allow]).toEqual([status, text, allow]);
  });

  it('may be as long as it may be', async () => {
    const { send } = await startHost();
    for (const form of [asGet, asPost])
      expect(decodeReply((await send(form(longest))).body).rcode).toBe('NXDOMAIN');
  });

  it('is no write, wherever writes may come from', async () => {
    const { send } = await startHost({}, ['10.0.0.0/8']);
    expect((await send(asPost(web))).status).toBe(200);
  });

  it('is not passed on where DNS is off', async () => {
    const { send, asked } = await startHost({ dns: undefined });
    const { status, body } = await send(asGet(web));
    expect([status, body.toString()]).toEqual([404, 'DNS is off on this agent (ports.dns)']);
    expect(asked).toEqual([]);
  });
});

describe('who may ask', () => {
  const strict: Partial<AgentApi> = {
    admit: async (token) => {
      if (token !== 'good') throw new ApiError(403, 'Permission denied');
    },
  };

  it.each(['127.0.0.1', '127.0.0.1:8500', 'localhost', 'LocalHost:8500', '[::1]:8500', '10.1.2.3'])(
    'whoever says %s needs no token',
    async (Host) => {
      const { send } = await startHost(strict);
      expect((await send({ ...asGet(web), headers: { Host } })).status).toBe(200);
    },
  );

  it.each(['rebound.example', '127.0.0.1.example:8500', 'localhost.example', 'notlocalhost'])(
    'a page that points %s here needs one',
    async (Host) => {
      const { send } = await startHost(strict);
      for (const sent of [asGet(web), asPost(web)]) {
        const refused = await send({ ...sent, headers: { ...sent.headers, Host } });
        expect([refused.status, refused.body.toString()]).toEqual([403, 'Permission denied']);
        const headers = { ...sent.headers, Host, 'X-Consul-Token': 'good' };
        expect((await send({ ...sent, headers })).status).toBe(200);
      }
    },
  );
});
