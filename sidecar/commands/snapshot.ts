/** `rollcall snapshot`: the whole catalog of a datacenter, into a file and back. */
import { accessSync, constants, createReadStream, createWriteStream, renameSync, rmSync } from 'node:fs';
import { join, parse } from 'node:path';
import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { parseFlags } from '../config/flags.ts';
import { openFault } from '../config/open-fault.ts';
import type { ApiClient } from './api-client.ts';
import { makeClientCommand } from './client-command.ts';
import type { Command } from './command.ts';
import { makeCommandGroup } from './command-group.ts';
import { formatFlag, printedAsJson } from './format-flag.ts';
import { commandHelp } from './help.ts';
import { readSnapshotFile, type SnapshotMeta } from './snapshot-file.ts';
import { told } from './told.ts';

/** The edge is silent for as long as it takes to copy or to restore all it has. */
const silenceMsMax = 120_000;

const saveCommand = makeClientCommand({
  name: 'snapshot save',
  call: '[flags] file',
  summary: 'Saves the catalog, keys, sessions and prepared queries of a datacenter to a file',
  text: {
    about: ['The file is read back before it gets its name.'],
    examples: [
      ['Save to a file', 'snapshot save backup.snap'],
      [
        'To one that is named for its datacenter, such as backup-dc1.snap',
        'snapshot save -append-filename=dc backup.snap',
      ],
    ],
  },
  flags: [
    {
      name: 'append-filename',
      help: 'What to add to the name of the file, before its extension: version, dc, node and status, with commas between them.',
    },
  ],
  async run(api, { 'append-filename': parts = '' }, args) {
    const named = oneFile(args);
    const file = parts === '' ? named : await withParts(named, parts.split(','), api);
    const beside = `${file}.unverified`;
    try {
      const answer = await told(
        'saving snapshot',
        api.open('GET', '/v1/snapshot', { timeoutMs: silenceMsMax }),
      );
      if (answer.statusCode !== 200)
        throw new Error(
          `Error saving snapshot: Unexpected response code: ${answer.statusCode} (${await textOf(answer)})`,
        );
      await told('writing unverified snapshot file', writeNew(beside, answer));
      const { Index } = await told('verifying snapshot file', readSnapshotFile(beside));
      renameSync(beside, file);
      process.stdout.write(`Saved and verified snapshot to index ${Index}\n`);
      return 0;
    } finally {
      rmSync(beside, { force: true });
    }
  },
});

/** "backup.snap" becomes "backup-1.22.0-dc1.snap": the parts in this order, as Consul adds them. */
async function withParts(file: string, wanted: string[], api: ApiClient): Promise<string> {
  type Self = { Config: { Version: string; Datacenter: string; NodeName: string; Server: boolean } };
  const { Config } = await told(
    'connecting to Consul agent and fetching datacenter/version',
    api.get<Self>('/v1/agent/self'),
  );
  const parts = {
    version: Config.Version,
    dc: Config.Datacenter,
    node: Config.NodeName,
    // An edge has no leader to be elected: the agent that is beside it stands for one.
    status: Config.Server ? 'leader' : 'follower',
  };
  const added = Object.entries(parts).filter(([name]) => wanted.includes(name));
  const { dir, name, ext } = parse(file);
  return join(dir, `${[name, ...added.map(([, text]) => text)].join('-')}${ext}`);
}

async function writeNew(path: string, from: Readable): Promise<void> {
  try {
    await pipeline(from, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    throw new Error(couldNotOpen(error) ? openFault(path, error) : (error as Error).message);
  }
}

const couldNotOpen = (error: unknown) => (error as NodeJS.ErrnoException).syscall === 'open';

const restoreCommand = makeClientCommand({
  name: 'snapshot restore',
  call: '[flags] file',
  summary: 'Replaces all that a datacenter knows by what is in a file',
  text: {
    about: [
      'What was written since the snapshot is lost. It has to be a snapshot of Rollcall: of a Consul, take keys along with kv export.',
    ],
    examples: [['Restore from a file', 'snapshot restore backup.snap']],
  },
  flags: [],
  async run(api, _values, args) {
    const file = oneFile(args);
    refuseAbsent(file);
    await told('verifying snapshot', readSnapshotFile(file));
    const sent = api.send('PUT', '/v1/snapshot', createReadStream(file), { timeoutMs: silenceMsMax });
    await told('restoring snapshot', sent);
    process.stdout.write('Restored snapshot\n');
    return 0;
  },
});

const inspectFlags = [formatFlag] as const;

const inspectCommand: Command = {
  name: 'snapshot inspect',
  flags: inspectFlags,
  summary: 'Shows what a file of a snapshot is, and whether it is whole',
  async run(argv) {
    const { values, args, help } = parseFlags(inspectFlags, argv);
    if (help) {
      process.stdout.write(
        commandHelp('snapshot inspect [flags] file', `${inspectCommand.summary}.`, inspectFlags, {
          examples: [['Look at a file', 'snapshot inspect backup.snap']],
        }),
      );
      return 0;
    }
    const file = oneFile(args);
    refuseAbsent(file);
    const meta = await told('verifying snapshot', readSnapshotFile(file));
    if (!printedAsJson(values.format, meta)) process.stdout.write(table(meta));
    return 0;
  },
};

const keyWidth = 13;

const table = ({ ID, Size, Index, Term, Version }: SnapshotMeta): string =>
  `${Object.entries({ ID, Size, Index, Term, Version })
    .map(
      ([key, value]) => `${key.padEnd(keyWidth)}${value}
`,
    )
    .join('')}
`;

/** @throws when there is no such file. */
function refuseAbsent(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw new Error(`Error opening snapshot file: ${openFault(file, error)}`);
  }
}

function oneFile(args: string[]): string {
  if (args.length === 0) throw new Error('Missing FILE argument');
  if (args.length > 1) throw new Error(`Too many arguments (expected 1, got ${args.length})`);
  return args[0]!;
}

export const snapshotCommand = makeCommandGroup(
  'snapshot',
  'Saves, restores and inspects the state of a datacenter',
  [inspectCommand, restoreCommand, saveCommand],
  {
    examples: [
      ['Save to a file', 'snapshot save backup.snap'],
      ['Look at it', 'snapshot inspect backup.snap'],
      ['Restore from it', 'snapshot restore backup.snap'],
    ],
  },
);
