import { createSocket, type Socket } from 'node:dgram';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dnsConfigDefaults } from '../../../sidecar/dns/dns-config.ts';
import { dnsCases, formatReply, sortExpected } from '../../cases/dns/dns-cases.ts';
import { askTcp, askUdp } from '../../dns-client.ts';
import { decodeReply, encodeAsked } from '../../dns-message.ts';
import { makeServer } from './dns-fixture.ts';

const server = makeServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  describe.each(dnsCases)('%s', (_file, cases) => {
    const own = cases.filter((each) => (each.transport ?? transport) === transport);
    test.each(own)('$law ($asked.name $asked.type)', async ({ asked, config, reply }) => {
      server.reconfigure({ ...dnsConfigDefaults, ...config });
      const packet = encodeAsked(asked);
      const bytes =
        transport === 'udp' ? await askUdp(server.port, packet) : (await askTcp(server.port, packet))[0]!;
      expect(formatReply(decodeReply(bytes))).toEqual(sortExpected(reply));
    });
  });
});

describe('starting', () => {
  const taken = async (bind: (port: number) => Promise<() => void>) => {
    const free = makeServer();
    await free.start();
    const { port } = free;
    await free.stop();
    return { port, release: await bind(port) };
  };
  const bindUdp = (port: number) =>
    new Promise<() => void>((resolve) => {
      const socket = createSocket('udp4');
      socket.bind(port, '127.0.0.1', () => resolve(() => socket.close()));
    });
  const bindTcp = (port: number) =>
    new Promise<() => void>((resolve) => {
      const server = createServer().listen(port, '127.0.0.1', () => resolve(() => server.close()));
    });

  test.each([
    ['UDP', bindUdp],
    ['TCP', bindTcp],
  ] as const)(
    'on a %s port that is taken says which, what to do, and leaves nothing open',
    async (network, bind) => {
      const { port, release } = await taken(bind);
      await expect(makeServer({ port }).start()).rejects.toThrow(
        `cannot listen for DNS over ${network} on 127.0.0.1:${port}: another process has it: stop that process, or set another port (ports.dns, -dns-port)`,
      );
      release();
      const again = makeServer({ port });
      await again.start();
      await again.stop();
    },
  );

  test('on an address this host does not have says so', async () => {
    await expect(makeServer({ addresses: ['127.0.0.1', '192.0.2.1'] }).start()).rejects.toThrow(
      'cannot listen for DNS over TCP on 192.0.2.1:0: no interface of this host has this address: set another one (addresses.dns, -client)',
    );
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ family }) => family === 'IPv6'),
  );
  test.runIf(hasIpv6).each([
    ['of both families, all of them', ['0.0.0.0', '::']],
    ['of both families, one each', ['127.0.0.1', '::1']],
    ['of IPv6, which takes IPv4', ['::']],
  ])('on addresses %s', async (_law, addresses) => {
    const both = makeServer({ addresses });
    await both.start();
    const packet = encodeAsked({ name: 'v1.web.service.consul' });
    const [overTcp] = await askTcp(both.port, packet);
    expect(decodeReply(overTcp!).answer).toEqual(['v1.web.service.consul. 0 A 10.1.0.1']);
    await both.stop();
  });

  test('with a recursor that is no address fails', () => {
    expect(() => makeServer({ recursors: ['10.0.0.53:x'] })).toThrow(
      'Invalid recursor address: "10.0.0.53:x"',
    );
  });

  test('again after stopping is possible, on the same port', async () => {
    const again = makeServer();
    await again.start();
    const { port } = again;
    await again.stop();
    const third = makeServer({ port });
    await third.start();
    expect(third.port).toBe(port);
    await third.stop();
  });
});

describe('recursors', () => {
  test('answer what is not ours, and follow aliases that lead elsewhere', async () => {
    const upstream = await startUpstream();
    server.reconfigure({ ...dnsConfigDefaults, recursors: [`127.0.0.1:${upstream.address().port}`] });
    const forwarded = decodeReply(
      await askUdp(server.port, encodeAsked({ name: 'example.com', id: 0x1234 })),
    );
    expect(forwarded.id).toBe(0x1234);
    const ask = async (name: string, type = 'A') =>
      formatReply(
        decodeReply(await askUdp(server.port, encodeAsked({ name, type, recursionDesired: true }))),
      );
    expect(await ask('example.com')).toEqual(['NOERROR rd ra', 'example.com. 60 A 192.0.2.7']);
    expect(await ask('9.9.9.10.in-addr.arpa', 'PTR')).toEqual([
      'NOERROR rd ra',
      '9.9.9.10.in-addr.arpa. 60 A 192.0.2.7',
    ]);
    expect(await ask('ext.service.consul')).toEqual([
      'NOERROR aa rd ra',
      'db.example.org. 0 A 192.0.2.7',
      'ext.service.consul. 0 CNAME db.example.org.',
    ]);
    expect(await ask('ext.service.consul', 'SRV')).toEqual([
      'NOERROR aa rd ra',
      'ext.service.consul. 0 SRV 1 1 443 db.example.org.',
      '+ db.example.org. 0 A 192.0.2.7',
    ]);
    expect(await ask('v1.web.service.consul')).toEqual([
      'NOERROR aa rd ra',
      'v1.web.service.consul. 0 A 10.1.0.1',
    ]);
    upstream.close();
  });

  test('that fail make SERVFAIL of what is not ours', async () => {
    server.reconfigure({ ...dnsConfigDefaults, recursors: ['127.0.0.1:1'] });
    const reply = decodeReply(await askUdp(server.port, encodeAsked({ name: 'example.com' })));
    expect([reply.rcode, reply.flags]).toEqual(['SERVFAIL', ['ra']]);
  });

  test('a reconfiguration with one that is no address changes nothing', async () => {
    server.reconfigure({ ...dnsConfigDefaults, altDomain: 'before' });
    const broken = { ...dnsConfigDefaults, recursors: ['x:y'], altDomain: 'after' };
    expect(() => server.reconfigure(broken)).toThrow('Invalid recursor address: "x:y"');
    const reply = await askUdp(server.port, encodeAsked({ name: 'web.service.before' }));
    expect(decodeReply(reply).rcode).toBe('NOERROR');
  });
});

/** A name server that answers every question with one address, and a TTL of 60. */
async function startUpstream(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (packet, { port, address }) => {
    const questionEnd = packet.indexOf(0, 12) + 5;
    const reply = Buffer.from([
      ...packet.subarray(0, questionEnd),
      0xc0,
      12,
      0,
      1,
      0,
      1,
      0,
      0,
      0,
      60,
      0,
      4,
      192,
      0,
      2,
      7,
    ]);
    reply[2] = reply[2]! | 0x80;
    reply[3] = 0x80;
    reply.writeUInt16BE(1, 6);
    reply.writeUInt16BE(0, 10);
    socket.send(reply, port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}
