/** Whatever a file says, it is resolved or refused with a ConfigError: never a crash. Seed with ROLLCALL_SEED. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../sidecar/config/config-error.ts';
import { parseConfigFile } from '../../../sidecar/config/config-file.ts';
import { mergeConfigs } from '../../../sidecar/config/merge.ts';
import { resolveConfig } from '../../../sidecar/config/resolve.ts';
import { configShape } from '../../../sidecar/config/schema.ts';
import { host } from './host.ts';

const seed = Number(process.env.ROLLCALL_SEED ?? 20_261_122);

function resolves(...texts: string[]): void {
  try {
    const files = texts.map((text) => parseConfigFile('x.json', text, 'json', () => undefined));
    resolveConfig(mergeConfigs(files), true, host('10.0.0.5'));
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
  }
}

const nestedKeys = [
  'name',
  'id',
  'check',
  'ttl',
  'interval',
  'http',
  'args',
  'dns',
  'tokens',
  'default',
  'type',
  'key',
  'soa',
  '__proto__',
];
const key = fc.constantFrom(...Object.keys(configShape.fields), ...nestedKeys);
const { document } = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom('10s', 'x', '', '127.0.0.1', 'key'),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  ),
  document: fc.oneof(
    { depthSize: 'small' },
    tie('leaf'),
    fc.array(tie('document'), { maxLength: 2 }),
    fc.dictionary(key, tie('document'), { maxKeys: 4 }),
  ),
}));

describe(`seed ${seed}`, () => {
  test('any two documents of known keys', () => {
    const texts = fc
      .tuple(document, document)
      .map((pair) => pair.map((value) => JSON.stringify(value ?? null)));
    fc.assert(
      fc.property(texts, (pair) => resolves(...pair)),
      { seed, numRuns: 2000 },
    );
  });

  test('any value of any one key', () => {
    fc.assert(
      fc.property(key, fc.jsonValue(), (name, value) => resolves(JSON.stringify({ [name]: value }))),
      { seed, numRuns: 2000 },
    );
  });

  test('any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => resolves(text)),
      { seed, numRuns: 500 },
    );
  });
});
