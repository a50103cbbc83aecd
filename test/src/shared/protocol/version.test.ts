import { expect, it } from 'vitest';
import writes from '../../../../src/shared/catalog-write.ts?raw';
import model from '../../../../src/shared/model.ts?raw';
import messages from '../../../../src/shared/protocol/messages.ts?raw';
import { protocolVersion } from '../../../../src/shared/protocol/version.ts';
import versions from '../../../../src/shared/protocol/version.ts?raw';

/** What goes over the wire, by the version of the protocol; comments and line breaks aside. */
const fingerprints: Record<number, string> = {
  1: '3cc4b4bbabc44a6d',
  2: 'f1622513f35172fc',
};

/** The rows of a catalog; what else the model holds stays at home. */
const rows = ['Indexed', 'Node', 'Weights', 'ServiceAddress', 'NodeService', 'HealthCheck'];

const declarationOf = (name: string) => {
  const [declaration] = new RegExp(`^export interface ${name} .*?^}`, 'ms').exec(model) ?? [];
  if (declaration === undefined) throw new Error(`${name} is not where it was`);
  return declaration;
};

const withoutComments = (code: string) => code.replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '').replace(/\s+/g, ' ');

async function fingerprint(): Promise<string> {
  const code = [messages, writes, ...rows.map(declarationOf)].map(withoutComments).join('\n');
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code));
  return [...new Uint8Array(digest).subarray(0, 8)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

it('the wire changes only together with its version', async () => {
  expect(
    await fingerprint(),
    'The messages of the sync protocol changed. Raise protocolVersion in src/shared/protocol/version.ts, add the line of ' +
      'its history there, and note the new fingerprint here under the new version.',
  ).toBe(fingerprints[protocolVersion]);
});

it('every version has a line in the history', () => {
  const lines = [...versions.matchAll(/^ \* - (\d+):/gm)].map(([, version]) => Number(version));
  expect(lines).toEqual(Array.from({ length: protocolVersion }, (_, i) => i + 1));
});
