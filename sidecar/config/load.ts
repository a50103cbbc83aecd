/** Reads the files and directories that `-config-file` and `-config-dir` name, in the order in which they are given. */
import { isUtf8 } from 'node:buffer';
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
    if (readAs) return parseConfigFile(path, readText(path, readAs), readAs, warn);
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

/** In JSON, Go reads what is no UTF-8 as U+FFFD; in HCL it is a fault, wherever it stands. */
function readText(path: string, format: ConfigFormat): string {
  const bytes = reading(path, () => readFileSync(path));
  const text = bytes.toString('utf8');
  if (format === 'json' || isUtf8(bytes)) return text;
  const line = text.slice(0, text.indexOf('\ufffd')).split('\n').length;
  throw new ConfigError(`failed to parse ${path}: At line ${line}: illegal UTF-8 encoding`);
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ConfigError(`config: Open failed on ${path}. ${openFault(path, error)}`);
  }
}
