import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workerdConfig } from '../../../sidecar/edge/workerd-config.ts';

const settings = {
  bundle: 'edge.js',
  storageDir: '/var/lib/rollcall/edge/storage',
  host: '127.0.0.1',
  port: 8300,
  datacenter: 'dc1',
  advertise: '127.0.0.1:8300',
  compatibilityDate: '2026-01-01',
  compatibilityFlags: [],
  open: true,
  tls: undefined,
};

test.each([
  ['open', {}],
  [
    'token',
    {
      open: false,
      compatibilityFlags: ['a', 'b'],
      host: '::',
      advertise: '[2001:db8::1]:8300',
      storageDir: '/a "b"\\c',
    },
  ],
  [
    'tls',
    {
      tls: {
        ...{ certificate: 'c.pem', key: 'k.pem', authorities: ['a.pem', 'b.pem'] },
        minVersion: 'TLSv1.3' as const,
      },
    },
  ],
])('%s: the configuration is the golden one', async (name, more) => {
  const golden = join(import.meta.dirname, `golden/workerd-${name}.capnp`);
  await expect(workerdConfig({ ...settings, ...more })).toMatchFileSnapshot(golden);
});
