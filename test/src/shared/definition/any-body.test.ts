/** Whatever is sent, the answer is a decoded value or one of Consul's errors: never a crash. Seed with ROLLCALL_SEED. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isApiError } from '../../../../src/shared/api-error.ts';
import {
  decodeCatalogDeregistration,
  decodeCatalogRegistration,
} from '../../../../src/shared/definition/catalog-registration.ts';
import {
  decodeCheckRegistration,
  decodeCheckUpdate,
} from '../../../../src/shared/definition/check-definition.ts';
import { decodeJsonBody } from '../../../../src/shared/definition/json-body.ts';
import { decodeServiceRegistration } from '../../../../src/shared/definition/service-definition.ts';

const seed = Number(process.env.ROLLCALL_SEED ?? 20_261_122);
const options = { seed, numRuns: 500 };

const decoders = {
  decodeServiceRegistration,
  decodeCheckRegistration,
  decodeCheckUpdate,
  decodeCatalogRegistration,
  decodeCatalogDeregistration,
};

/** What an error may look like: status and the beginnings of texts. */
const lawful =
  /^(400 .+|413 .+|500 (Must|Bad node|Invalid|failed inserting|check node|\d+ errors? occurred:)[\s\S]*)$/;

function outcome(act: () => unknown): string {
  try {
    act();
    return 'decoded';
  } catch (error) {
    if (!isApiError(error)) throw error;
    return `${error.status} ${error.message}`;
  }
}

const expectLawful = (act: () => unknown) => {
  const result = outcome(act);
  if (result !== 'decoded') expect(result.replaceAll('\n', ' ')).toMatch(lawful);
};

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Documents made of the keys that the decoders know, so that values reach the rules behind them. */
const keys = [
  ...[
    'Name',
    'ID',
    'Service',
    'Check',
    'Checks',
    'TTL',
    'Interval',
    'HTTP',
    'Args',
    'Meta',
    'Tags',
    'Weights',
    'Passing',
  ],
  ...[
    'Node',
    'Address',
    'NodeMeta',
    'TaggedAddresses',
    'Kind',
    'Proxy',
    'Connect',
    'Definition',
    'Status',
    'Port',
  ],
  ...['CheckID', 'Header', 'Upstreams', '__proto__', 'constructor', 'service_id', 'connect-proxy', 'Nope'],
];
const { document } = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom('10s', 'x', '', '::', 'passing'),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
  ),
  document: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('document'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('document'), { maxKeys: 6 }),
  ),
}));

describe(`seed ${seed}`, () => {
  test('a text that is JSON is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.json().map((text) => text.slice(0, -1)),
          fc.json(),
        ),
        (text) => {
          const parsed = parse(text);
          if (parsed) expect(decodeJsonBody(text)).toEqual(parsed.value);
          else expectLawful(() => decodeJsonBody(text));
        },
      ),
      options,
    );
  });

  test.each(Object.entries(decoders))('%s: any JSON', (_, decode) => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => expectLawful(() => decode(value))),
      options,
    );
  });

  test.each(Object.entries(decoders))('%s: any document of known keys', (_, decode) => {
    fc.assert(
      fc.property(document, (value) => expectLawful(() => decode(JSON.parse(JSON.stringify(value ?? null))))),
      options,
    );
  });
});
