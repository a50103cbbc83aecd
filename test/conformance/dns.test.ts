/** What a real Consul was recorded to answer over DNS is answered here too; see README.md. */
import { expect, test } from 'vitest';
import { shareSystem } from '../e2e/system-test.ts';
import { AcceptedDifferences } from './accepted.ts';
import { differences, showDifference } from './difference.ts';
import { acceptedOverDns } from './dns/accepted-over-dns.ts';
import { askAll } from './dns/ask-all.ts';
import type { DnsAnswer } from './dns/question.ts';
import { dnsSet, readAnswers } from './sets.ts';

const set = dnsSet();
const recorded = readAnswers<DnsAnswer>(set.answersPath);
const accepted = new AcceptedDifferences(acceptedOverDns);

const answers = shareSystem(async (system) => {
  const { url, ports } = await system.server(set.name);
  const asked = await askAll(set, { http: new URL(url), dnsPort: ports.dns });
  return new Map(asked.map((answer) => [answer.id, answer]));
});

test.each(set.questions.map(({ key, note }) => [note ? `${key} (${note})` : key, key] as const))(
  '%s',
  (_, key) => {
    expect(recorded.get(key), 'was never recorded: run record.ts').toBeDefined();
    const found = differences(recorded.get(key), answers().get(key));
    expect(accepted.remaining(key, found).map(showDifference)).toEqual([]);
  },
);

test('every accepted difference is still one', () => {
  expect(accepted.unused()).toEqual([]);
});

test('known-differences-dns.tsv is what is accepted, for programs that compare by lines', async () => {
  await expect(accepted.lines()).toMatchFileSnapshot('known-differences-dns.tsv');
});
