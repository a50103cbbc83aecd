/** Keys as the commands ask for them. Flags have 64 bits, so they are kept as text. */
import { formatExact, parseExact } from '../watches/exact-json.ts';
import { type ApiClient, okBody } from './api-client.ts';

export interface KvPair {
  Key: string;
  Flags: unknown;
  Value: Buffer;
  Session: string;
  CreateIndex: number;
  ModifyIndex: number;
  LockIndex: number;
}

/** `key` may be followed by a query. */
export const kvPath = (key: string, query = '') =>
  `/v1/kv/${key.split('/').map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`;

/** None, where there is nothing. @throws in the words of Consul's client. */
export async function readPairs(api: ApiClient, path: string): Promise<KvPair[]> {
  const found = (await readJson(api, path)) as
    | (Omit<KvPair, 'Value'> & { Value: string | null })[]
    | undefined;
  return (found ?? []).map((pair) => ({
    ...pair,
    Session: pair.Session ?? '',
    Value: Buffer.from(pair.Value ?? '', 'base64'),
  }));
}

export async function readKeys(api: ApiClient, path: string): Promise<string[]> {
  return ((await readJson(api, path)) as string[] | undefined) ?? [];
}

async function readJson(api: ApiClient, path: string): Promise<unknown> {
  const answer = await api.request('GET', path);
  return answer.status === 404 ? undefined : parseExact(okBody(answer));
}

/** Whether it was done. */
export const isDone = (body: string): boolean => body.trim() === 'true';

export const flagsText = ({ Flags }: Pick<KvPair, 'Flags'>): string => formatExact(Flags);

/** Keys begin with no slash, though people write one. */
export const withoutSlash = (key: string): string => key.replace(/^\//, '');

/** The one argument. @throws in Consul's words. */
export function onlyArgument(args: string[], name: string): string {
  const [value = ''] = args;
  if (args.length > 1) throw new Error(`Too many arguments (expected 1, got ${args.length})`);
  if (value === '') throw new Error(`Error! Missing ${name} argument`);
  return value;
}
