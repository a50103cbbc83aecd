/**
 * What is compared of a response. Whatever differs from run to run is replaced by its name: IDs, instants, indexes (but how
 * they relate is kept), hashes.
 */
import type { HttpResponse } from './http-client.ts';
import type { ScriptedRequest } from './scripted-request.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Answer {
  id: string;
  /** The connection broke: everything else is missing. */
  error?: string;
  status?: number;
  headers?: Record<string, string>;
  body?: Json;
  /** A body that is no JSON. */
  text?: string;
  index?: 'lower' | 'equal' | 'higher';
  /** A blocking query that came too soon or too late. */
  time?: 'too soon' | 'too late';
}

/** Of the connection rather than of the answer, and the length, which follows from the rest. */
const headersOfTransport = new Set([
  'date',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);
const headersReplaced: Record<string, string> = {
  'x-consul-lastcontact': '<ms>',
  'x-consul-contenthash': '<hash>',
  age: '<s>',
};

/** `saved`: what the script remembered, shown by its name wherever it stands. */
export function makeAnswer(
  request: ScriptedRequest,
  response: HttpResponse,
  saved: ReadonlyMap<string, string>,
): Answer {
  const { id, keep, sort = false } = request;
  const answer: Answer = { id, status: response.status };
  if (keep === 'status') return answer;
  const names = new Names(saved);
  answer.headers = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (headersOfTransport.has(name)) continue;
    if (name === 'x-consul-index') answer.headers[name] = Number(value) > 0 ? '<index>' : String(value);
    else answer.headers[name] = headersReplaced[name] ?? names.replace(String(value));
  }
  if (keep === 'meta') return answer;
  const json = parseJson(response.body);
  if (json === undefined) return { ...answer, text: names.replace(response.body) };
  return { ...answer, body: keep === 'shape' ? shapeOf(json) : normalise(json, names, sort) };
}

export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** Written into the scripts, so no server made them up. */
const uuidOfScript = /^0{8}-|-4000-8000-/;
const instant = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g;
const ownPort = /127\.0\.0\.1:\d{4,5}->/g;

/** The names of one answer's values: the same ID has the same name wherever it stands in it. */
class Names {
  readonly #saved: ReadonlyMap<string, string>;
  readonly #uuids: string[] = [];

  constructor(saved: ReadonlyMap<string, string>) {
    this.#saved = saved;
  }

  replace(text: string): string {
    let replaced = text;
    for (const [name, value] of this.#saved)
      if (value.length > 7) replaced = replaced.replaceAll(value, `<${name}>`);
    return replaced
      .replace(instant, '<time>')
      .replace(ownPort, '127.0.0.1:<port>->')
      .replace(uuid, (found) => (uuidOfScript.test(found) ? found : this.#nameOf(found)));
  }

  #nameOf(found: string): string {
    if (!this.#uuids.includes(found)) this.#uuids.push(found);
    return `<uuid${this.#uuids.indexOf(found) + 1}>`;
  }
}

const versionKeys = new Set(['Version', 'Revision']);
const hashKeys = new Set(['ContentHash', 'Hash']);
const clockKeys = new Set(['LTime', 'Modified', 'LastContact']);

function normalise(value: Json, names: Names, sort: boolean): Json {
  if (typeof value === 'string') return names.replace(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => normalise(item, names, sort));
    return sort ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (value === null || typeof value !== 'object') return value;
  const { CreateIndex, ModifyIndex } = value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([key, item]): [string, Json] => {
      if (key === 'CreateIndex' && typeof item === 'number') return [key, item === 0 ? 0 : '<index>'];
      if (key === 'ModifyIndex' && typeof ModifyIndex === 'number')
        return [key, relation(ModifyIndex, CreateIndex)];
      if (versionKeys.has(key) && typeof item === 'string') return [key, '<version>'];
      if (hashKeys.has(key) && item) return [key, '<hash>'];
      if (clockKeys.has(key) && typeof item === 'number') return [key, `<${key}>`];
      return [names.replace(key), normalise(item, names, sort)];
    }),
  );
}

function relation(modify: number, create: Json | undefined): Json {
  if (modify === 0) return 0;
  if (typeof create !== 'number') return '<index>';
  return modify === create ? '=CreateIndex' : modify > create ? '>CreateIndex' : '<CreateIndex';
}

function shapeOf(value: Json): Json {
  if (value === null) return null;
  if (Array.isArray(value)) return value.length > 0 ? [shapeOf(value[0]!)] : [];
  if (typeof value !== 'object') return typeof value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, shapeOf(item)]));
}
