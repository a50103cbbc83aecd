/** One config file: its text to what it says, or to every fault in it with Consul's words and the place. */
import type { Warn } from '../../src/shared/definition/check-definition.ts';
import { JsonSyntaxError, scanJson } from '../../src/shared/definition/json-scan.ts';
import { multiErrorText } from '../../src/shared/definition/multi-error.ts';
import { type Issue, readShape } from '../../src/shared/definition/shape.ts';
import { jsonDepthMax } from '../../src/shared/limits.ts';
import { ConfigError } from './config-error.ts';
import { withNewerNames } from './deprecated-keys.ts';
import { HclError } from './hcl/lexer.ts';
import { parseHcl } from './hcl/parser.ts';
import { nearKey } from './near-key.ts';
import { configShape, type FileConfig } from './schema.ts';

export type ConfigFormat = 'json' | 'hcl';

/**
 * What a file says. `service` and `check` have joined `services` and `checks`. An empty file says nothing.
 *
 * @throws {ConfigError} "failed to parse <name>: …"
 */
export function parseConfigFile(name: string, text: string, format: ConfigFormat, warn: Warn): FileConfig {
  const document = parseText(name, text, format);
  const { value = {}, issues } = readShape(configShape, document, format);
  refuseIssues(name, issues, format);
  return collected(withNewerNames(value, warn));
}

/** A file whose name says HCL may hold JSON, which begins with a brace. A byte order mark is none of the text. */
function parseText(name: string, written: string, format: ConfigFormat): unknown {
  const text = written.replace(/^\ufeff/, '');
  if (text.trim() === '') return {};
  try {
    return format === 'hcl' && !/^\s*\{/.test(text) ? parseHcl(text) : parseJson(text);
  } catch (error) {
    if (error instanceof HclError) throw failedToParse(name, error.message);
    if (error instanceof JsonSyntaxError) throw failedToParse(name, placed(text, error));
    throw error;
  }
}

const failedToParse = (name: string, why: string) => new ConfigError(`failed to parse ${name}: ${why}`);

function parseJson(text: string): unknown {
  const end = scanJson(text, jsonDepthMax);
  const rest = text.slice(end).trimStart();
  if (rest !== '') {
    const offset = text.length - rest.length;
    throw new JsonSyntaxError(`invalid character ${JSON.stringify(rest[0])} after top-level value`, offset);
  }
  return JSON.parse(text);
}

function placed(text: string, error: JsonSyntaxError): string {
  const before = text.slice(0, error.offset);
  const place = `At ${before.split('\n').length}:${error.offset - before.lastIndexOf('\n')}`;
  return `${place}: ${error.message === 'unexpected EOF' ? 'unexpected end of JSON input' : error.message}`;
}

/** Mistyped values come before unknown keys and both before bad values, as in Consul. */
function refuseIssues(name: string, issues: Issue[], format: ConfigFormat): void {
  const mistyped = issues.filter((issue) => issue.kind === 'type').map((issue) => typeText(issue, format));
  if (mistyped.length > 0) {
    const list = mistyped.sort().map((text) => `* ${text}`);
    throw failedToParse(name, `${list.length} error(s) decoding:\n\n${list.join('\n')}`);
  }
  const unknown = issues.filter((issue) => issue.kind === 'unknown');
  if (unknown.length > 0) {
    throw failedToParse(name, multiErrorText(unknown.map(unknownText)));
  }
  const bad = issues.filter((issue) => issue.kind === 'value');
  if (bad.length > 0) throw new ConfigError(multiErrorText(bad.map(({ path, text }) => `${path}: ${text}`)));
}

function unknownText({ path, key, fields }: Issue & { kind: 'unknown' }): string {
  const near = nearKey(key, fields);
  return `invalid config key ${path}${near ? ` (did you mean ${near}?)` : ''}`;
}

function typeText({ path, found, wants, goType }: Issue & { kind: 'type' }, format: ConfigFormat): string {
  const type = found.split(' ')[0]!;
  if (wants === 'scalar') {
    const got = {
      array: '[]interface {}',
      object: 'map[string]interface {}',
      number: numberType(found, format),
    }[type];
    // A type that Go names for bodies is a plain string in files.
    const wanted = goType.includes('.') ? 'string' : goType;
    return `'${path}' expected type '${wanted}', got unconvertible type '${got ?? type}'`;
  }
  const got = { array: 'slice', object: 'map', number: numberType(found, format) }[type] ?? type;
  return wants === 'map'
    ? `'${path || 'the file'}' expected a map, got '${got}'`
    : `'${path}': source data must be an array or slice, got ${got}`;
}

const numberType = (found: string, format: ConfigFormat) =>
  format === 'json' || found.includes('.') ? 'float64' : 'int';

function collected({ service, check, ...config }: FileConfig): FileConfig {
  return {
    ...config,
    ...(service && { services: [service, ...(config.services ?? [])] }),
    ...(check && { checks: [check, ...(config.checks ?? [])] }),
  };
}
