import { expect, test } from 'vitest';
import { defaultInterfaceOf } from '../../../sidecar/config/host-facts.ts';

const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const route = (name: string, destination: string, mask: string, metric = 0) =>
  `${name}\t${destination}\t0100000A\t0003\t0\t0\t${metric}\t${mask}\t0\t0\t0   `;

test.each([
  ['', ''],
  [head, ''],
  [
    [head, route('docker0', '000011AC', '0000FFFF'), route('eth1', '00000000', '00000000')].join('\n'),
    'eth1',
  ],
  [
    [head, route('wlan0', '00000000', '00000000', 600), route('eth0', '00000000', '00000000', 100), ''].join(
      '\n',
    ),
    'eth0',
  ],
  [[head, route('tun0', '00000000', '00000080')].join('\n'), ''],
])('the default interface is that of the best route to everywhere: %j', (table, name) =>
  expect(defaultInterfaceOf(table)).toBe(name),
);
