/** The token of a self-hosted edge: the configured one, or one made on first start and kept beside its data. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere, writeDurably } from '../system/durable-file.ts';

const tokenBytes = 32;

export function edgeToken(dir: string, configured: string): string {
  const path = join(dir, 'token');
  const kept = readIfThere(path)?.trim();
  const token = configured || kept || randomBytes(tokenBytes).toString('hex');
  if (token !== kept) writeDurably(path, `${token}\n`);
  return token;
}
