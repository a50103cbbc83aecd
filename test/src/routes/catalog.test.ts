/** Writes to the catalog over HTTP, and where they go. What a body may say is in the tables of `test/src/shared`. */
import { describe, expect, it } from 'vitest';
import { upgrade } from '../datacenter/edge-socket.ts';
import { answer, put, request } from '../edge-request.ts';

const web = { Node: 'n1', Address: '10.0.0.1', Service: { Service: 'web' } };

async function join(datacenter: string): Promise<void> {
  const { webSocket } = await upgrade(`dc=${datacenter}`);
  webSocket!.accept();
  webSocket!.close();
}

const namesIn = async (query = '') =>
  Object.keys(await (await request(`/v1/catalog/services${query}`)).json<object>());

describe('register', () => {
  it('answers true once what it wrote can be read', async () => {
    expect(await answer(put('/v1/catalog/register', web))).toBe('200 true');
    expect(await namesIn()).toEqual(['web']);
  });

  it('is pretty when asked', async () => {
    expect(await answer(put('/v1/catalog/register?pretty', web))).toBe('200 true\n');
  });

  it.each([
    { body: '{', gives: '400 Request decode failed: unexpected EOF' },
    { body: '', gives: '400 Request decode failed: EOF' },
    { body: { Node: '' }, gives: '500 Must provide node' },
    { body: { Node: 'n1' }, gives: '500 Must provide address if SkipNodeUpdate is not set' },
    { body: { ...web, Nope: 1 }, gives: '400 Request decode failed: json: unknown field "Nope"' },
    {
      body: { ...web, Check: { CheckID: 'c', ServiceID: 'nope' } },
      gives: '500 failed inserting check: Missing service registration on node "n1"',
    },
    { body: { ...web, Datacenter: 'nowhere' }, gives: '500 No path to datacenter' },
    {
      body: `"${'x'.repeat(524_287)}"`,
      gives: '413 Request body(524289 bytes) too large, max size: 524288 bytes.',
    },
  ])('refuses with $gives', async ({ body, gives }) => {
    expect(await answer(put('/v1/catalog/register', body))).toBe(gives);
  });

  it('that is refused at its end writes nothing', async () => {
    const body = { ...web, Node: 'n9', Check: { CheckID: 'c', ServiceID: 'nope' } };
    await put('/v1/catalog/register', body);
    expect(await answer(request('/v1/catalog/node/n9'))).toBe('200 null');
  });
});

describe('deregister', () => {
  it('answers true, also for what is not there', async () => {
    await put('/v1/catalog/register', { ...web, Service: { Service: 'gone' } });
    expect(await namesIn()).toContain('gone');
    expect(await answer(put('/v1/catalog/deregister', { Node: 'n1', ServiceID: 'gone' }))).toBe('200 true');
    expect(await namesIn()).not.toContain('gone');
    expect(await answer(put('/v1/catalog/deregister', { Node: 'nobody' }))).toBe('200 true');
  });

  it.each([
    { body: {}, gives: '500 Must provide node' },
    { body: '[', gives: '400 Request decode failed: unexpected EOF' },
    { body: { Node: 'n1', Datacenter: 'nowhere' }, gives: '500 No path to datacenter' },
  ])('refuses with $gives', async ({ body, gives }) => {
    expect(await answer(put('/v1/catalog/deregister', body))).toBe(gives);
  });
});

describe('a datacenter', () => {
  it('exists once a host has joined it; the default one always does', async () => {
    const list = async () => (await request('/v1/catalog/datacenters')).json();
    expect(await list()).toEqual(['dc1']);
    await join('dc2');
    await join('a-first');
    await join('dc2');
    expect(await list()).toEqual(['a-first', 'dc1', 'dc2']);
  });

  it('is named by the body, else by ?dc, else it is the default', async () => {
    await join('dc3');
    await put('/v1/catalog/register?dc=dc3', { ...web, Service: { Service: 'by-query' } });
    await put('/v1/catalog/register', { ...web, Datacenter: 'dc3', Service: { Service: 'by-body' } });
    await put('/v1/catalog/register?dc=nowhere', {
      ...web,
      Datacenter: 'dc3',
      Service: { Service: 'body-wins' },
    });
    await put('/v1/catalog/register?dc=', { ...web, Service: { Service: 'default' } });
    expect(await namesIn('?dc=dc3')).toEqual(['body-wins', 'by-body', 'by-query']);
    expect(await namesIn('?dc=')).toContain('default');
  });

  it.each([
    '/v1/catalog/nodes?dc=nowhere',
    '/v1/health/service/web?dc=nowhere',
    '/v1/agent/self?dc=nowhere',
    '/v1/agent/members?dc=nowhere',
  ])('that nobody joined is no path: %s', async (path) => {
    expect(await answer(request(path))).toBe('500 No path to datacenter');
  });
});
