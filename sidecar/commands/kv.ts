import { makeCommandGroup } from './command-group.ts';
import { kvDeleteCommand } from './kv-delete.ts';
import { kvGetCommand } from './kv-get.ts';
import { kvPutCommand } from './kv-put.ts';
import { kvExportCommand, kvImportCommand } from './kv-transfer.ts';

export const kvCommand = makeCommandGroup(
  'kv',
  'Reads and writes the key-value store',
  [kvDeleteCommand, kvExportCommand, kvGetCommand, kvImportCommand, kvPutCommand],
  {
    examples: [
      ['Write a value', 'kv put app/limit 5'],
      ['Read it', 'kv get app/limit'],
      ['Delete it', 'kv delete app/limit'],
    ],
  },
);
