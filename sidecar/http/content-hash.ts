import { createHash } from 'node:crypto';

const hashChars = 16;

/** Names the content of an answer, for clients that wait until it changes. */
export const contentHash = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, hashChars);
