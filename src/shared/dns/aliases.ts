/**
 * Services and nodes may be registered with a host name for an address. What such an alias stands for is found here:
 * in our own domain by asking ourselves, elsewhere by asking a recursor.
 */
import { aliasRecordsMax } from './answer-settings.ts';
import { type Eventual, whenAllReady, whenReady } from './eventual.ts';
import { isInDomain } from './names.ts';
import type { Question, Resolution, ResolveContext } from './question.ts';
import { asked, type ResourceRecord, recordTypes } from './record.ts';
import { encodeQuestion } from './wire/query.ts';
import { decodeAnswers } from './wire/record-reader.ts';

type Resolve = (question: Question, context: ResolveContext) => Eventual<Resolution>;

/** The records of each host name, with the TTL of the alias; none for a name that could not be resolved. */
export function findAliasRecords(
  hosts: string[],
  ttlS: number,
  question: Question,
  context: ResolveContext,
  resolve: Resolve,
): Eventual<Map<string, ResourceRecord[]>> {
  const recordsMax = question.hasEdns ? Number.POSITIVE_INFINITY : aliasRecordsMax;
  const found = hosts.map((host) => findRecords(host, question, context, resolve));
  return whenAllReady(found, (lists) => {
    const kept = lists.map((records) => records.slice(0, recordsMax).map((record) => ({ ...record, ttlS })));
    return new Map(hosts.map((host, i) => [host, kept[i]!]));
  });
}

function findRecords(
  host: string,
  question: Question,
  context: ResolveContext,
  resolve: Resolve,
): Eventual<ResourceRecord[]> {
  if (isInDomain(host, context.settings)) return findOwnRecords(host, question, context, resolve);
  if (!context.recursor) return [];
  const packet = encodeQuestion(host, recordTypes.A);
  return context.recursor.exchange(packet, 'udp').then((reply) => (reply ? decodeAnswers(reply) : []));
}

function findOwnRecords(
  host: string,
  question: Question,
  context: ResolveContext,
  resolve: Resolve,
): Eventual<ResourceRecord[]> {
  if (question.aliasDepth === 0) return [];
  const next: Question = {
    ...question,
    labels: host.split('.'),
    qtype: recordTypes.ANY,
    aliasDepth: question.aliasDepth - 1,
  };
  return whenReady(resolve(next, context), (resolution) => recordsOf(resolution, host));
}

/** The addresses and further aliases of an answer about `host`. */
function recordsOf(resolution: Resolution, host: string): ResourceRecord[] {
  if (!('answer' in resolution)) return [];
  const { items, itemsMax } = resolution.answer;
  const records = items.slice(0, itemsMax).flatMap((item) => item.answer);
  return records
    .filter(({ type }) => type === 'A' || type === 'AAAA' || type === 'CNAME')
    .map((record) => (record.name === asked ? { ...record, name: host } : record));
}
