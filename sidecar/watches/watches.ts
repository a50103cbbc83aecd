/**
 * The watches of an agent's configuration. Each runs until it is declared no more: a reload leaves those alone that are
 * declared as before, so that they do not fire again. A handler that fails is not run again before the next change; its
 * output goes to the log. One that is under way when its watch ends is killed with all that it started.
 */
import { runCommand } from '../checks/run-command.ts';
import type { WatchDefinition, WatchHandler } from '../config/watch-definition.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';
import type { Random } from '../system/random.ts';
import { handlerEnvironment, handlerInput, shellWords } from './handler-program.ts';
import { postUpdate } from './http-handler.ts';
import { runWatch, type WatchRead, type WatchUpdate } from './watch.ts';

export interface WatchesOptions {
  /** Reads as the watch says: its datacenter, its token, how fresh. */
  readAs(definition: WatchDefinition): WatchRead;
  clock: Clock;
  random: Random;
  logger: Logger;
}

/** Of a handler's output, what is kept for the log: Consul's size. */
const outputBytesMax = 4096;

export class Watches {
  readonly #options: WatchesOptions;
  /** By what is declared: what stops it. */
  readonly #running = new Map<string, AbortController>();

  constructor(options: WatchesOptions) {
    this.#options = options;
  }

  /** Runs exactly these from now on. */
  declare(definitions: readonly WatchDefinition[]): void {
    const wanted = byIdentity(definitions);
    for (const [identity, controller] of this.#running) {
      if (wanted.has(identity)) continue;
      controller.abort();
      this.#running.delete(identity);
    }
    for (const [identity, definition] of wanted)
      if (!this.#running.has(identity)) this.#running.set(identity, this.#start(definition));
  }

  stop(): void {
    this.declare([]);
  }

  #start(definition: WatchDefinition): AbortController {
    const { readAs, clock, random, logger } = this.#options;
    const controller = new AbortController();
    const { signal } = controller;
    const { query, handler } = definition;
    void runWatch({
      query,
      read: readAs(definition),
      clock,
      random,
      signal,
      handle: (update) => this.#handle(handler, update, signal),
      failed: (reason, retryMs) =>
        logger.warn('the watch gets no answer', { watch: query.type, reason, retry_ms: Math.round(retryMs) }),
    });
    return controller;
  }

  async #handle(handler: WatchHandler, update: WatchUpdate, signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    const name = describeHandler(handler);
    try {
      const output =
        handler.type === 'http'
          ? await postUpdate(handler, update, signal)
          : await runProgram(handler, update, signal);
      logger.debug('watch handler output', { handler: name, output });
    } catch (error) {
      if (!signal.aborted)
        logger.error('the watch handler failed', { handler: name, reason: (error as Error).message });
    }
  }
}

/** What it wrote. @throws when it cannot be started, or ends with another code than 0. */
async function runProgram(
  handler: WatchHandler & { type: 'args' | 'shell' },
  update: WatchUpdate,
  signal: AbortSignal,
): Promise<string> {
  const words = handler.type === 'args' ? handler.args : shellWords(handler.command);
  const { exitCode, output } = await runCommand(words, {
    signal,
    outputBytesMax,
    input: handlerInput(update),
    env: handlerEnvironment(update),
  });
  if (exitCode === 0) return output.describe();
  const how = exitCode === null ? 'killed by a signal' : `exit status ${exitCode}`;
  throw new Error(output.written > 0 ? `${how}: ${output.describe()}` : how);
}

const describeHandler = (handler: WatchHandler): string =>
  handler.type === 'http' ? handler.url : handler.type === 'args' ? handler.args.join(' ') : handler.command;

/** Two that are declared alike are two. */
function byIdentity(definitions: readonly WatchDefinition[]): Map<string, WatchDefinition> {
  const found = new Map<string, WatchDefinition>();
  for (const definition of definitions) {
    const text = JSON.stringify(definition);
    let identity = text;
    for (let twin = 2; found.has(identity); twin++) identity = `${text} ${twin}`;
    found.set(identity, definition);
  }
  return found;
}
