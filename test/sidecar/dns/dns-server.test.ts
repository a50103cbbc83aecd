import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dnsConfigDefaults } from '../../../sidecar/dns/dns-config.ts';
import { formatReply, readCases, sortExpected } from '../../cases/dns/read-cases.ts';
import { askTcp, askUdp, decodeReply, encodeAsked } from '../../dns-client.ts';
import { makeServer } from './dns-fixture.ts';

const server = makeServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  describe.each([...readCases()])('%s', (_file, cases) => {
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
