/** All that is tried, and where the verdicts of Consul are. */
import { join } from 'node:path';
import type { ConfigRow } from './config-row.ts';
import { fileRows } from './file-rows.ts';
import { keyRows } from './key-rows.ts';
import { textRows } from './text-rows.ts';

export const configRows: ConfigRow[] = [...keyRows, ...textRows, ...fileRows];

export const verdictsPath = join(import.meta.dirname, 'verdicts.jsonl');
