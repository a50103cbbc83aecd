/** What a real Consul was recorded to answer over HTTP is answered here too; see README.md. */
import { describe, expect, test } from 'vitest';
import { shareSystem } from '../e2e/system-test.ts';
import { AcceptedDifferences } from './accepted.ts';
import type { Answer } from './answer.ts';
import { differences, showDifference } from './difference.ts';
import { acceptedOverHttp } from './http/accepted-over-http.ts';
import { replay } from './replay.ts';
import { httpSets, readAnswers } from './sets.ts';

const sets = httpSets();
const accepted = new AcceptedDifferences(acceptedOverHttp);

/** Each set on an edge of its own, all at once: most of the time is spent waiting. */
const answers = shareSystem(async (system) => {
  const replayed = sets.map(async ({ name, script }) => {
    const { url } = await system.server(name);
    return (await replay(script, new URL(url), name)).map((answer) => [answer.id, answer] as const);
  });
  return new Map<string, Answer>((await Promise.all(replayed)).flat());
});

describe.each(sets)('$name', ({ script, answersPath }) => {
  const recorded = readAnswers(answersPath);
  test.each(script.map(({ id, note }) => [note ? `${id} (${note})` : id, id] as const))('%s', (_, id) => {
    expect(recorded.get(id), 'was never recorded: run record.ts').toBeDefined();
    const found = differences(recorded.get(id), answers().get(id));
    expect(accepted.remaining(id, found).map(showDifference)).toEqual([]);
  });
});

test('every accepted difference is still one', () => {
  expect(accepted.unused()).toEqual([]);
});

test('known-differences.tsv is what is accepted of the first set, for programs that compare by lines', async () => {
  const first = new Set(sets.find(({ name }) => name === 'core')?.script.map(({ id }) => id));
  await expect(accepted.lines((id) => first.has(id))).toMatchFileSnapshot('known-differences.tsv');
});
