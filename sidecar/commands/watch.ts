/**
 * `rollcall watch`: shows what a query answers, or runs a program each time the answer changes. It ends with the first
 * program that fails, as Consul's does; an agent that cannot be reached for a while does not end it.
 */
import { spawn } from 'node:child_process';
import { readGoBool } from '../../src/shared/go-bool.ts';
import { describeExit } from '../checks/go-error.ts';
import { withInput } from '../checks/program-input.ts';
import { describeSpawnError, killGroup } from '../checks/run-command.ts';
import { FlagError } from '../config/flags.ts';
import { makeWatchQuery, WatchError, type WatchQuery } from '../config/watch-definition.ts';
import { keepProcess, systemClock } from '../system/clock.ts';
import { systemRandom } from '../system/random.ts';
import { formatExact } from '../watches/exact-json.ts';
import { handlerEnvironment, handlerInput, shellWords } from '../watches/handler-program.ts';
import { runWatch, type WatchRead, type WatchUpdate } from '../watches/watch.ts';
import type { ApiClient } from './api-client.ts';
import { makeClientCommand } from './client-command.ts';
import { told } from './told.ts';

export const watchCommand = makeClientCommand({
  name: 'watch',
  call: '[flags] [handler...]',
  summary: 'Shows what a query answers, or runs a handler whenever that changes',
  text: {
    about: [
      'Without a handler the answer is printed once. A handler gets it on standard input, at first and whenever it has changed; the index is in CONSUL_INDEX. A handler that fails ends the watch.',
    ],
    examples: [
      ['Show a key', 'watch -type=key -key=app/limit'],
      [
        'Write a file anew whenever instances come and go',
        "watch -type=service -service=web 'cat > web.json'",
      ],
      ['Run a program on an event', 'watch -type=event -name=deploy ./deploy.sh'],
    ],
  },
  flags: [
    { name: 'type', help: 'What is watched: key, keyprefix, services, nodes, service, checks or event.' },
    { name: 'key', help: 'The key to watch. Only for the type "key".' },
    { name: 'prefix', help: 'What the keys to watch begin with. Only for "keyprefix".' },
    { name: 'service', help: 'The service to watch. Needed for "service", possible for "checks".' },
    {
      name: 'tag',
      type: 'list',
      help: 'Only instances with this tag. For "service". May be given several times: they must have all.',
    },
    {
      name: 'passingonly',
      help: 'true: only instances whose checks all pass. For "service". Default: false.',
    },
    { name: 'state', help: 'Only checks in this state. For "checks".' },
    { name: 'name', help: 'Only events of this name. For "event".' },
    {
      name: 'filter',
      help: 'An expression that must be true of what is shown. For services, nodes, service and checks.',
    },
    {
      name: 'shell',
      type: 'bool',
      help: 'Let a shell read the handler ($SHELL, or /bin/sh). Default: true; -shell=false runs it as it stands.',
    },
  ],
  async run(api, { shell = true, passingonly = '', ...values }, handler) {
    const query = readQuery({ ...values, passingonly: readPassingOnly(passingonly) });
    await told('querying Consul agent', api.get('/v1/agent/self'));
    const words = shell && handler.length > 0 ? shellWords(handler.join(' ')) : handler;
    const controller = new AbortController();
    const releaseProcess = keepProcess();
    const end = () => controller.abort();
    process.on('SIGINT', end).on('SIGTERM', end);
    try {
      await runWatch({
        query,
        read: readOver(api),
        clock: systemClock,
        random: systemRandom,
        signal: controller.signal,
        handle: async (update) => {
          if (words.length > 0) return await runHandler(words, update, controller.signal);
          process.stdout.write(`${formatExact(update.value, '    ')}\n`);
          end();
        },
        failed: (reason, retryMs) =>
          void process.stderr.write(`Watch errored: ${reason}, retry in ${Math.round(retryMs)} ms\n`),
      });
      return 0;
    } finally {
      process.off('SIGINT', end).off('SIGTERM', end);
      releaseProcess();
    }
  },
});

function readQuery(written: Parameters<typeof makeWatchQuery>[0]): WatchQuery {
  try {
    return makeWatchQuery(written);
  } catch (error) {
    if (error instanceof WatchError) throw new FlagError(error.message);
    throw error;
  }
}

function readPassingOnly(text: string): boolean {
  const value = text === '' ? false : readGoBool(text);
  if (value !== undefined) return value;
  throw new FlagError(
    `Failed to parse passingonly flag: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

/** How long a read blocks, and how long after that the agent counts as gone. */
const waitS = 300;
const answerTimeoutMs = (waitS + 60) * 1_000;

const readOver =
  (api: ApiClient): WatchRead =>
  async (path, index, signal) => {
    const blocking = index === '' ? '' : `${path.includes('?') ? '&' : '?'}index=${index}&wait=${waitS}s`;
    const answer = await api.request('GET', path + blocking, { signal, timeoutMs: answerTimeoutMs });
    return { ...answer, index: String(answer.headers['x-consul-index'] ?? '') };
  };

/** With the outputs of this process. An end of the watch ends it too. @throws when it fails. */
function runHandler([program, ...args]: string[], update: WatchUpdate, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = handlerEnvironment(update);
    const child = withInput(handlerInput(update), (stdin) =>
      spawn(program!, args, { detached: true, env, stdio: [stdin, 'inherit', 'inherit'] }),
    );
    const kill = () => killGroup(child, 'SIGTERM');
    signal.addEventListener('abort', kill);
    child.on('error', (error) =>
      reject(new Error(`Error starting handler: ${describeSpawnError(program!, error)}`)),
    );
    child.on('exit', (code, by) => {
      signal.removeEventListener('abort', kill);
      if (code === 0 || signal.aborted) resolve();
      else reject(new Error(`Error executing handler: ${describeExit(code, by)}`));
    });
  });
}
