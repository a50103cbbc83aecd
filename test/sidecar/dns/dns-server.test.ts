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
