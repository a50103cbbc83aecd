import { replay } from '../replay.ts';
import type { dnsSet } from '../sets.ts';
import { ask, type DnsAnswer } from './question.ts';

export interface Asking {
  http: URL;
  dnsPort: number;
}

/** Registers the catalog and asks every question. @throws when something cannot be registered. */
export async function askAll(
  { name, catalog, questions }: ReturnType<typeof dnsSet>,
  { http, dnsPort }: Asking,
): Promise<DnsAnswer[]> {
  for (const { id, status, text, error } of await replay(catalog, http, name))
    if (status !== 200) throw new Error(`${id}: ${status ?? error} ${text ?? ''}`);
  const answers: DnsAnswer[] = [];
  for (const [i, question] of questions.entries()) answers.push(await ask(question, dnsPort, i + 1));
  return answers;
}
