/** A request of a script: one JSON object a line, in groups. What the keys do is told here; README.md shows some. */
import { readFileSync } from 'node:fs';

export interface PlainRequest {
  /** Default: GET. */
  method?: string;
  /** As it is sent: escaped, with its query. */
  path: string;
  headers?: Record<string, string>;
  /** The body, as JSON. */
  json?: unknown;
  /** The body as it is, where it is no JSON or must be spelt so. */
  text?: string;
  /** A long body: `text` so many times, with `separator` between. */
  repeat?: { before?: string; text: string; separator?: string; times: number; after?: string };
}

export interface ScriptedRequest extends PlainRequest {
  id: string;
  group: string;
  note?: string;
  /** Remembers values of the answer: name -> path in the JSON, `0.ModifyIndex`. `${name}` stands for it from then on. */
  save?: Record<string, string>;
  /** Remembers X-Consul-Index as `${i_name}`. */
  saveIndex?: string;
  /** Records how X-Consul-Index compares with one that was remembered. */
  compareIndex?: string;
  /** Asks again until the body holds this, or for `untilMsMax`. */
  until?: string;
  untilNot?: string;
  /** The order of arrays does not matter. */
  sort?: boolean;
  /** What is compared: the status, that and the headers, or the types of the JSON's values. Default: all. */
  keep?: 'status' | 'meta' | 'shape';
  /** Sent while this request waits. */
  during?: (PlainRequest & { afterMs: number })[];
  /** The answer may not come sooner. */
  waitsMs?: number;
  /** The answer has to come sooner: well below the `wait` of the request, well above what a slow machine takes. */
  wakesBeforeMs?: number;
}

const plainKeys = ['method', 'path', 'headers', 'json', 'text', 'repeat'];
const keys = new Set([
  ...plainKeys,
  ...['note', 'save', 'saveIndex', 'compareIndex', 'until', 'untilNot', 'sort', 'keep', 'during'],
  ...['waitsMs', 'wakesBeforeMs'],
]);

/** `#group NAME` begins a group, other lines with `#` are comments. @throws for a line that cannot be understood. */
export function readScript(path: string): ScriptedRequest[] {
  const seen = new Map<string, number>();
  const script: ScriptedRequest[] = [];
  let group = '';
  for (const [number, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    if (line.startsWith('#group ')) group = line.slice('#group '.length).trim();
    if (line.trim() === '' || line.startsWith('#')) continue;
    const request = parseLine(line, `${path}:${number + 1}`);
    const name = `${group}: ${request.method ?? 'GET'} ${request.path}`;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    script.push({ ...request, group, id: times > 1 ? `${name} #${times}` : name });
  }
  return script;
}

function parseLine(line: string, place: string): Omit<ScriptedRequest, 'id' | 'group'> {
  let request: Omit<ScriptedRequest, 'id' | 'group'>;
  try {
    request = JSON.parse(line);
  } catch (error) {
    throw new Error(`${place}: ${(error as Error).message}`);
  }
  const unknown = Object.keys(request).filter((key) => !keys.has(key));
  if (unknown.length > 0) throw new Error(`${place}: no such key: ${unknown.join(', ')}`);
  if (typeof request.path !== 'string') throw new Error(`${place}: path is missing`);
  return request;
}
