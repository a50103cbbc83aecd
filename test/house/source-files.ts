/** The project's own source as text, for the rules that are about the text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export interface SourceFile {
  /** From the root, with slashes. */
  path: string;
  text: string;
}

/** Every file below `folder` whose name ends so. */
export function sourceFiles(folder: string, ending = '.ts'): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.includes('node_modules'))
    .map((path) => join(folder, path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

export interface Import {
  /** A package, or a path from the root. */
  target: string;
  typeOnly: boolean;
}

/** What a file imports or re-exports, dynamically too. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s+)?[^'";]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm,
  );
  const dynamic = text.matchAll(/\bimport\('([^']+)'\)/g);
  return [
    ...[...statements].map(([, type, from, bare]) => ({
      target: from ?? bare!,
      typeOnly: type !== undefined,
    })),
    ...[...dynamic].map(([, target]) => ({ target: target!, typeOnly: false })),
  ].map(({ target, typeOnly }) => ({
    target: target.startsWith('.') ? join(path, '..', target) : target,
    typeOnly,
  }));
}
