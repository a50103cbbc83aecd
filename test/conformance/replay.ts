/** Sends a script to an agent, one request after the other, and gives its answers in a form that can be compared. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Json, makeAnswer, parseJson } from './answer.ts';
import { HttpClient, type HttpResponse } from './http-client.ts';
import type { ScriptedRequest } from './scripted-request.ts';

const pollIntervalMs = 100;
const untilMsMax = 6_000;

/** `node`: the agent's name, `${node}` in a script. */
export async function replay(script: ScriptedRequest[], base: URL, node: string): Promise<Answer[]> {
  const player = new Player(base, node);
  const answers: Answer[] = [];
  try {
    for (const request of script) answers.push(await player.play(request));
  } finally {
    player.close();
  }
  return answers;
}

class Player {
  readonly #client: HttpClient;
  readonly #saved = new Map<string, string>();

  constructor(base: URL, node: string) {
    this.#client = new HttpClient(base);
    this.#saved.set('node', node);
  }

  async play(request: ScriptedRequest): Promise<Answer> {
    try {
      const startedAtMs = performance.now();
      const first = await this.#sendWhile(request);
      const elapsedMs = performance.now() - startedAtMs;
      const response = await this.#until(request, first);
      const answer = { ...makeAnswer(request, response, this.#saved), ...timeOf(request, elapsedMs) };
      this.#remember(request, response, answer);
      return answer;
    } catch (error) {
      return { id: request.id, error: (error as Error).message };
    }
  }

  close(): void {
    this.#client.close();
  }

  async #sendWhile(request: ScriptedRequest): Promise<HttpResponse> {
    const response = this.#client.send(this.#fill(request));
    // Awaited below; until then nobody hears that it failed.
    response.catch(() => undefined);
    for (const { afterMs, ...other } of request.during ?? []) {
      await sleep(afterMs);
      await this.#client.send(this.#fill(other));
    }
    return response;
  }

  async #until(request: ScriptedRequest, first: HttpResponse): Promise<HttpResponse> {
    const { until, untilNot } = request;
    const isThere = ({ body }: HttpResponse) =>
      (until === undefined || body.includes(until)) && (untilNot === undefined || !body.includes(untilNot));
    let response = first;
    for (let waitedMs = 0; !isThere(response) && waitedMs < untilMsMax; waitedMs += pollIntervalMs) {
      await sleep(pollIntervalMs);
      response = await this.#client.send(this.#fill(request));
    }
    return response;
  }

  /** Puts what was remembered where `${name}` stands. */
  #fill<Value>(value: Value): Value {
    const fill = (inner: unknown): unknown => {
      if (typeof inner === 'string')
        return inner.replace(/\$\{(\w+)\}/g, (text, name: string) => this.#saved.get(name) ?? text);
      if (Array.isArray(inner)) return inner.map(fill);
      if (inner === null || typeof inner !== 'object') return inner;
      return Object.fromEntries(Object.entries(inner).map(([key, item]) => [key, fill(item)]));
    };
    return fill(value) as Value;
  }

  #remember({ save = {}, saveIndex, compareIndex }: ScriptedRequest, response: HttpResponse, answer: Answer) {
    const index = String(response.headers['x-consul-index']);
    if (saveIndex) this.#saved.set(`i_${saveIndex}`, index);
    if (compareIndex) {
      const difference = Number(index) - Number(this.#saved.get(`i_${compareIndex}`));
      answer.index = difference === 0 ? 'equal' : difference > 0 ? 'higher' : 'lower';
    }
    const json = parseJson(response.body);
    for (const [name, path] of Object.entries(save)) this.#saved.set(name, String(valueAt(json, path)));
  }
}

function valueAt(json: Json | undefined, path: string): Json | undefined {
  return path
    .split('.')
    .reduce<Json | undefined>(
      (value, key) =>
        value !== null && typeof value === 'object' ? (value as Record<string, Json>)[key] : undefined,
      json,
    );
}

function timeOf({ waitsMs = 0, wakesBeforeMs = Number.POSITIVE_INFINITY }: ScriptedRequest, ms: number) {
  if (ms < waitsMs) return { time: 'too soon' } as const;
  return ms > wakesBeforeMs ? ({ time: 'too late' } as const) : {};
}
