/** Reads the files and directories that `-config-file` and `-config-dir` name, in the order in which they are given. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Warn } from '../../src/shared/definition/check-definition.ts';
import { ConfigError } from './config-error.ts';
import { type ConfigFormat, parseConfigFile } from './config-file.ts';
import { openFault } from './open-fault.ts';
import type { FileConfig } from './schema.ts';

/**
 * What each file says, in order. A directory stands for its `.json` and `.hcl` files in lexical order, not for those in
 * directories below it; other files are passed over with a warning.
 *
 * @param format read every file as this, whatever its name ends in
 * @throws {ConfigError} for what cannot be read or parsed
 */
export function loadConfigFiles(
  paths: readonly string[],
  format: ConfigFormat | undefined,
  warn: Warn,
): FileConfig[] {
  return paths.flatMap(filesOf).flatMap((path) => {
    const readAs = format ?? formatOf(path);
    if (readAs) return parseConfigFile(path, readText(path), readAs, warn);
    warn(`skipping file ${path}, extension must be .hcl or .json, or config format must be set`);
    return [];
  });
}

function filesOf(path: string): string[] {
  if (!reading(path, () => statSync(path).isDirectory())) return [path];
  const entries = reading(path, () => readdirSync(path));
  const paths = entries.sort().map((entry) => join(path, entry));
  return paths.filter((file) => reading(file, () => statSync(file).isFile()));
}

/** By the ending of its name; undefined: it is no config file. */
export function formatOf(path: string): ConfigFormat | undefined {
  const extension = extname(path).slice(1);
  return extension === 'json' || extension === 'hcl' ? extension : undefined;
}

const readText = (path: string) => reading(path, () => readFileSync(path, 'utf8'));

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ConfigError(`config: Open failed on ${path}. ${openFault(path, error)}`);
  }
}
