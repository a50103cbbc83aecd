/** What the authority answered, with what it means that it was the authority. */
import type { Answer } from './shared/read/answers.ts';
import type { QueryOptions } from './shared/read/query-options.ts';
import type { ReadResult } from './shared/read/read-routes.ts';

type Asked = Pick<QueryOptions, 'Consistency'>;

export const consistencyOf = ({ Consistency }: Asked): NonNullable<ReadResult['Consistency']> =>
  Consistency === 'default' ? 'leader' : Consistency;

/** `asked` for a read that tells its consistency, as those of the catalog do. */
export const authorityResult = ({ Body, Index }: Answer, asked?: Asked): ReadResult => ({
  Body,
  Index,
  KnownLeader: true,
  LastContactMs: 0,
  ...(asked ? { Consistency: consistencyOf(asked) } : {}),
});
