/** What `consul validate` was recorded to make of config files is what ours makes of them; see README.md. */
import { describe, expect, test, vi } from 'vitest';
import { validateCommand } from '../../sidecar/commands/validate.ts';
import { aFolder } from '../sidecar/scratch.ts';
import { AcceptedDifferences } from './accepted.ts';
import { acceptedOfConfig } from './config/accepted-of-config.ts';
import { type ConfigRow, makeVerdict, placeRow, type Verdict } from './config/config-row.ts';
import { configRows, verdictsPath } from './config/rows.ts';
import { differences, showDifference } from './difference.ts';
import { readAnswers } from './sets.ts';

const recorded = readAnswers<Verdict>(verdictsPath);
const accepted = new AcceptedDifferences(acceptedOfConfig);

async function validate(row: ConfigRow): Promise<Verdict> {
  const dir = aFolder();
  const args = placeRow(row, dir);
  let output = '';
  const write = (text: string | Uint8Array) => {
    output += String(text);
    return true;
  };
  const outputs = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(write),
  );
  try {
    return makeVerdict(row.id, dir, await validateCommand.run(args), output);
  } catch (error) {
    return makeVerdict(row.id, dir, 1, (error as Error).message);
  } finally {
    for (const stream of outputs) stream.mockRestore();
  }
}

const groups = Map.groupBy(configRows, ({ id, group = id }) => group);

describe('a file is good or bad as it is for Consul, for the same reason', () => {
  test.each([...groups])('%s', async (_, rows) => {
    for (const row of rows) {
      const verdict = recorded.get(row.id);
      expect(verdict, `${row.id} was never recorded: run record.ts`).toBeDefined();
      const found = differences(verdict, await validate(row));
      expect(accepted.remaining(row.id, found).map(showDifference), row.id).toEqual([]);
    }
  });
});

test('every accepted difference is still one', () => {
  expect(accepted.unused()).toEqual([]);
});
