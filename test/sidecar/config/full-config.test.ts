/** One file with every key: what it resolves to is kept as a golden file, so that no key changes its meaning unseen. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseConfigFile } from '../../../sidecar/config/config-file.ts';
import { deprecatedKeys } from '../../../sidecar/config/deprecated-keys.ts';
import { resolveConfig } from '../../../sidecar/config/resolve.ts';
import { configShape } from '../../../sidecar/config/schema.ts';
import { unusedKeys } from '../../../sidecar/config/unused-keys.ts';
import { host } from './host.ts';

const text = readFileSync(new URL('./golden/full-config.hcl', import.meta.url), 'utf8');
const written = parseConfigFile('full-config.hcl', text, 'hcl', () => undefined);

test('a file with every key resolves to what it did', async () => {
  const { config, warnings } = resolveConfig(written, false, host('10.0.0.5'));
  const dump = `${JSON.stringify({ config, warnings }, null, 2)}\n`;
  await expect(dump).toMatchFileSnapshot('golden/full-config.txt');
});

test('what a configuration is that says nothing but where its data are: every default', async () => {
  const { config, warnings } = resolveConfig({ data_dir: '/d' }, false, host('10.0.0.5'));
  const dump = `${JSON.stringify({ config, warnings }, null, 2)}\n`;
  await expect(dump).toMatchFileSnapshot('golden/default-config.txt');
});

test('the file has every key that has a meaning', () => {
  const elsewhere = { ...unusedKeys, ...deprecatedKeys };
  const missing = Object.keys(configShape.fields).filter((key) => !(key in written) && !(key in elsewhere));
  expect(missing).toEqual(['service', 'check']);
});

test('every setting but these differs from its default', () => {
  const full = resolveConfig(written, false, host('10.0.0.5')).config;
  const bare = resolveConfig({ data_dir: '/d', server: true }, false, host('10.0.0.5')).config;
  const same = Object.keys(full).filter(
    (key) =>
      JSON.stringify(full[key as keyof typeof full]) === JSON.stringify(bare[key as keyof typeof bare]),
  );
  expect(same).toEqual(['dev', 'server']);
});
