/** Whatever is sent, the answer is a decoded request or one of Consul's errors: never a crash. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the language of templates
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAutopilot } from '../../../src/requests/autopilot.ts';
import { decodeConfigEntry } from '../../../src/requests/config-entry.ts';
import { decodeCoordinate } from '../../../src/requests/coordinate.ts';
import { parseEvent } from '../../../src/requests/event.ts';
import { checkQuery, decodeQuery } from '../../../src/requests/prepared-query.ts';
import { checkTemplate } from '../../../src/requests/query-template.ts';
import { isApiError } from '../../../src/shared/api-error.ts';

const options = { seed: 20_261_122, numRuns: 400 };

const decoders: Record<string, (text: string) => unknown> = {
  decodeAutopilot,
  decodeConfigEntry,
  decodeCoordinate,
  decodeQuery: (text) => {
    const query = decodeQuery(text);
    checkQuery(query);
    checkTemplate(query);
  },
};

function expectLawful(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!isApiError(error)) throw error;
    expect(error.message).not.toBe('');
    expect([400, 413, 500]).toContain(error.status);
  }
}

const keys = [
  ...[
    'Name',
    'ID',
    'Session',
    'Token',
    'Template',
    'Type',
    'Regexp',
    'RemoveEmptyTags',
    'Service',
    'Failover',
  ],
  ...[
    'NearestN',
    'Datacenters',
    'Targets',
    'OnlyPassing',
    'Near',
    'Tags',
    'NodeMeta',
    'DNS',
    'TTL',
    'Kind',
    'Node',
  ],
  ...[
    'Coord',
    'Vec',
    'Error',
    'Segment',
    'LastContactThreshold',
    'MaxTrailingLogs',
    'kind',
    'name',
    '__proto__',
  ],
];
const texts = [
  '',
  'x',
  'mesh',
  'service-defaults',
  'name_prefix_match',
  '(',
  '(a*)*',
  '${match(1)}',
  '${',
  '10s',
  '-1',
];
const { document } = fc.letrec((tie) => ({
  document: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, 0, -1, 1.5, 1e300, ...texts),
    fc.array(tie('document'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys), tie('document'), { maxKeys: 8 }),
  ),
}));

describe('a body of any kind is decoded or refused', () => {
  test.each(Object.entries(decoders))('%s', (_name, decode) => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          document.map((value) => JSON.stringify(value)),
        ),
        (text) => expectLawful(() => decode(text)),
      ),
      options,
    );
  });

  test('parseEvent', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom(...texts));
    const filters = fc.record({ node: text, service: text, tag: text });
    fc.assert(
      fc.property(text, filters, fc.uint8Array({ maxLength: 450 }), (name, query, payload) =>
        expectLawful(() => parseEvent(name, new URLSearchParams(query), payload)),
      ),
      options,
    );
  });
});
