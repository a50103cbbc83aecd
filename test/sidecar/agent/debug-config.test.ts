import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { debugConfig } from '../../../sidecar/agent/debug-config.ts';
import { parseConfigFile } from '../../../sidecar/config/config-file.ts';
import { resolveConfig } from '../../../sidecar/config/resolve.ts';
import { host } from '../config/host.ts';

const text = readFileSync(new URL('../config/golden/full-config.hcl', import.meta.url), 'utf8');
const written = parseConfigFile('full-config.hcl', text, 'hcl', () => undefined);
const { config } = resolveConfig(written, false, host('10.0.0.5'));
const shown = debugConfig(config, 'node-id', true);

test('no secret of a file with every key is shown', () => {
  const secrets = [
    ...Object.values(config.tokens),
    config.edge.accessClientSecret,
    'service-token',
    'user:password',
    config.tls.https.keyFile,
  ];
  for (const secret of secrets) {
    expect(text).toContain(secret);
    expect(JSON.stringify(shown)).not.toContain(secret);
  }
});

test('what tools of Consul look at has the names that they know', () =>
  expect(shown).toMatchObject({
    ACLsEnabled: true,
    EnableDebug: config.enableDebug,
    NodeID: 'node-id',
    Datacenter: config.datacenter,
    DNSDomain: config.domain,
    DNSPort: config.ports.dns,
    LeaveOnTerm: config.leaveOnTerminate,
    DNSSOA: { Expire: config.dns.soa.expireS },
    Logging: { LogLevel: config.logLevel.toUpperCase() },
    Telemetry: { StatsdAddr: '127.0.0.1:8125', StatsiteAddr: '[::1]:8126' },
  }));
