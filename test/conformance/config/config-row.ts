/** Files that `validate` is called with, in a folder of their own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface ConfigRow {
  id: string;
  /** The test that it is a part of. Default: its own. */
  group?: string;
  /** By name; one with a slash is in a folder. */
  files: Record<string, string>;
  /** Flags, and what is validated, by name. Default: all the files. */
  args?: string[];
  /** Without the file that says what Consul must know to start. */
  alone?: true;
}

/** How it ended: the exit code and, unless that is 0, what was said. */
export interface Verdict {
  id: string;
  code: number | null;
  said?: string;
}

const base = { name: '0-base.json', text: '{"data_dir":"/tmp","bind_addr":"127.0.0.1"}' };

/** Writes the files into the folder. @returns the arguments of `validate`. */
export function placeRow({ files, args = Object.keys(files), alone }: ConfigRow, dir: string): string[] {
  const all = alone ? files : { ...files, [base.name]: base.text };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  const flags = args.filter((arg) => arg.startsWith('-'));
  const names = args.filter((arg) => !arg.startsWith('-'));
  return [...flags, ...[...(alone ? [] : [base.name]), ...names].map((name) => join(dir, name))];
}

/** As it is compared: without the folder's name, and without our advice about keys that are written wrong. */
export function makeVerdict(id: string, dir: string, code: number | null, output: string): Verdict {
  if (code === 0) return { id, code };
  const [said = ''] = output.replaceAll(`${dir}/`, '').split('\n\ngoroutine ');
  return { id, code, said: said.replace(/ \(did you mean \w+\?\)/g, '').trim() };
}
