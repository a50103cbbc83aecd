/**
 * DNS without the edge: answers go on, with a small TTL, for as long as `max_stale` allows; what was asked of another
 * datacenter before goes on, too.
 */
import { describe, expect } from 'vitest';
import { curl } from './clients.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

const maxStaleS = 10;
/** A message about `web.service.consul A`, for DNS over HTTPS. */
const webQuestion = '/dns-query?dns=AAABAAABAAAAAAAAA3dlYgdzZXJ2aWNlBmNvbnN1bAAAAQAB';

describe.concurrent('without the edge', () => {
  test.for([0, 1])('with %i threads', { timeout: 90_000 }, async (threads, { system }) => {
    const edge = await system.server('edge');
    const far = await system.client('far', edge, { address: '127.0.0.3', flags: ['-datacenter=dc2'] });
    const host = await system.makeClient('host-a', edge, { address: '127.0.0.2' });
    host.declare('dns.json', {
      dns_config: { service_ttl: { '*': '60s' }, max_stale: `${maxStaleS}s`, threads },
    });
    await host.start();
    for (const agent of [host, far]) await agent.consul().agent.service.register({ name: 'web', port: 80 });
    await edge.consul().query.create({ name: 'q', service: { service: 'web' }, dns: { ttl: '30s' } });

    /** "NOERROR 60": the status, and the TTL of the answer if there is one. */
    const state = async (name: string) => {
      const { status, answer } = await host.dig(name);
      return [status, ...answer.map((record) => record.split(' ')[1])].join(' ');
    };
    const all = async () =>
      Promise.all([state('web.service.consul'), state('web.service.dc2.consul'), state('q.query.consul')]);
    const cacheControl = async () => (await curl(host.url + webQuestion)).headers.get('Cache-Control');
    const becomes = (wanted: string[], timeoutMs: number) =>
      until(
        `all are ${wanted}`,
        async () => {
          expect(await all()).toEqual(wanted);
          return true;
        },
        timeoutMs,
      );

    await becomes(['NOERROR 60', 'NOERROR 60', 'NOERROR 30'], 10_000);
    expect(await cacheControl()).toBe('private, max-age=60');
    await edge.kill();
    expect(await state('web.service.dc2.consul')).toMatch(/^NOERROR /);
    await becomes(['NOERROR 5', 'NOERROR 5', 'NOERROR 5'], 10_000);
    expect(await cacheControl()).toBe('private, max-age=5');
    expect(await state('web.service.dc3.consul')).toBe('SERVFAIL');
    await becomes(['SERVFAIL', 'SERVFAIL', 'SERVFAIL'], maxStaleS * 1_000 + 5_000);
    expect(await cacheControl()).toBe('private, max-age=0');

    await edge.start();
    await becomes(['NOERROR 60', 'NOERROR 60', 'NOERROR 30'], 20_000);
    expect(await state('web.service.dc3.consul')).toBe('NXDOMAIN');
  });

  test('the second question about another datacenter is answered from a copy, whether or not its edge answers', async ({
    system,
  }) => {
    const edge = await system.server('edge');
    const far = await system.client('far', edge, { address: '127.0.0.3', flags: ['-datacenter=dc2'] });
    const host = await system.client('host-a', edge, { address: '127.0.0.2' });
    await far.consul().agent.service.register({ name: 'web', port: 80 });
    await until(
      'the first question is answered',
      async () => (await host.dig('web.service.dc2.consul')).status === 'NOERROR',
    );
    process.kill(system.workerdPid(), 'SIGSTOP');
    // Whoever asked the edge now would wait for it in vain.
    const [found, missing] = [
      await host.dig('web.service.dc2.consul'),
      await host.dig('no.service.dc2.consul'),
    ];
    expect([found.status, found.answer.length, missing.status]).toEqual(['NOERROR', 1, 'NXDOMAIN']);
    process.kill(system.workerdPid(), 'SIGCONT');
    await far.consul().agent.service.register({ name: 'later', port: 81 });
    await until(
      'the copy follows',
      async () => (await host.dig('later.service.dc2.consul')).status === 'NOERROR',
    );
  });
});
