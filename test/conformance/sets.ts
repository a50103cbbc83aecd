/** What was recorded, by file: each set is replayed on a system of its own, whose only node has the set's name. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from './answer.ts';
import { nameQuestions, type ScriptedQuestion } from './dns/question.ts';
import { readJsonLines } from './json-lines.ts';
import { readScript, type ScriptedRequest } from './scripted-request.ts';

export interface HttpSet {
  name: string;
  script: ScriptedRequest[];
  answersPath: string;
}

const here = import.meta.dirname;

/** @throws when two sets have a group of one name: an ID would have two meanings. */
export function httpSets(): HttpSet[] {
  const sets = readSets();
  const groups = sets.flatMap(({ script }) => [...new Set(script.map(({ group }) => group))]);
  const twice = groups.find((group, i) => groups.indexOf(group) !== i);
  if (twice) throw new Error(`two sets have a group ${twice}`);
  return sets;
}

const readSets = (): HttpSet[] =>
  readdirSync(join(here, 'http'))
    .filter((file) => /^[a-z-]+\.jsonl$/.test(file))
    .map((file) => {
      const path = join(here, 'http', file);
      const answersPath = path.replace(/\.jsonl$/, '.answers.jsonl');
      return { name: file.replace('.jsonl', ''), script: readScript(path), answersPath };
    });

export const dnsSet = () => ({
  name: 'names',
  catalog: readScript(join(here, 'dns/catalog.jsonl')),
  questions: nameQuestions(readJsonLines<ScriptedQuestion>(join(here, 'dns/questions.jsonl'))),
  answersPath: join(here, 'dns/questions.answers.jsonl'),
});

/** By ID. @throws for one that is there twice. */
export function readAnswers<Recorded extends { id: string } = Answer>(path: string): Map<string, Recorded> {
  const answers = readJsonLines<Recorded>(path);
  const byId = new Map(answers.map((answer) => [answer.id, answer]));
  if (byId.size !== answers.length) throw new Error(`${path}: an ID is there twice`);
  return byId;
}
