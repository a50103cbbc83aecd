/**
 * `rollcall debug`: looks at an agent for a while and leaves an archive for whoever is to find out what is wrong. Flags, output
 * and layout are Consul's, but for the profiles, which are V8's.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { formatDuration } from '../../src/shared/duration.ts';
import { keepProcess, systemClock } from '../system/clock.ts';
import type { ApiClient } from './api-client.ts';
import { makeClientCommand } from './client-command.ts';
import { archiveDebug } from './debug-archive.ts';
import { type Capture, DebugCapture } from './debug-capture.ts';

const captures: readonly Capture[] = ['metrics', 'logs', 'pprof', 'host', 'agent', 'members'];
const intervalMsDefault = 30_000;
const durationMsDefault = 300_000;
const intervalMsMin = 5_000;
const durationMsMin = 10_000;

const flags = [
  {
    name: 'archive',
    type: 'bool',
    help: 'Pack what was captured; with -archive=false it stays a directory. Default: true.',
  },
  {
    name: 'capture',
    type: 'list',
    help: `What to capture: ${captures.join(', ')}. May be given several times. Default: all.`,
  },
  {
    name: 'duration',
    type: 'duration',
    help: `For how long. Default: ${formatDuration(durationMsDefault)}; at least ${formatDuration(durationMsMin)}.`,
  },
  {
    name: 'interval',
    type: 'duration',
    help: `How often to look at the heap. Default: ${formatDuration(intervalMsDefault)}; at least ${formatDuration(intervalMsMin)}.`,
  },
  {
    name: 'output',
    help: 'The directory to capture to, and with ".tar.gz" the archive. Default: consul-debug-<time>.',
  },
] as const;

export const debugCommand = makeClientCommand({
  name: 'debug',
  summary: 'Records an archive for whoever has to find out what is wrong with an agent',
  text: {
    about: [
      'Look through what was captured before you send it to somebody: secrets are left out, but logs may hold anything. Ctrl-C ends it early and keeps what there is.',
    ],
    examples: [
      ['Capture everything for the default time', 'debug'],
      ['For a shorter time', 'debug -duration=1m -interval=20s'],
      ['Only some of it', 'debug -capture=metrics -capture=agent'],
      ['Into a directory that is left as it is', 'debug -output=/tmp/look -archive=false'],
    ],
  },
  flags,
  async run(api, values, args) {
    if (args.length > 0) throw new Error('==> debug: Too many arguments provided, expected 0');
    const wanted = {
      intervalMs: values.interval ?? intervalMsDefault,
      durationMs: values.duration ?? durationMsDefault,
      output: values.output ?? `consul-debug-${timeName(systemClock.nowMs())}`,
    };
    const { version, targets } = await validated(prepare(api, wanted, values.capture ?? []));
    const archive = values.archive === false ? undefined : `${wanted.output}.tar.gz`;
    tell(wanted, version, targets, archive);
    const capture = new DebugCapture({ api, ...wanted, targets, clock: systemClock, say, warn });
    const controller = new AbortController();
    const end = () => controller.abort();
    process.once('SIGINT', end).once('SIGTERM', end);
    const release = keepProcess();
    try {
      await capture.run(version, controller.signal);
    } finally {
      release();
    }
    if (archive !== undefined) await archiveDebug(wanted.output, archive, systemClock.nowMs());
    process.stdout.write(`    Saved debug archive: ${archive ?? wanted.output}\n`);
    return 0;
  },
});

interface Wanted {
  intervalMs: number;
  durationMs: number;
  output: string;
}

const say = (text: string) => void process.stdout.write(`==> ${text}\n`);
const warn = (text: string) => void process.stderr.write(`==> ${text}\n`);

function tell(
  { intervalMs, durationMs, output }: Wanted,
  version: string,
  targets: string[],
  archive?: string,
) {
  say('Starting debugger and capturing static information...');
  const rows = [
    ['Agent Version', version],
    ['Interval', formatDuration(intervalMs)],
    ['Duration', formatDuration(durationMs)],
    ['Output', archive ?? output],
    ['Capture', targets.join(', ')],
  ];
  for (const [name, value] of rows) process.stdout.write(`${`    ${name!.padStart(14)}`}: '${value}'\n`);
}

async function validated<Value>(prepared: Promise<Value>): Promise<Value> {
  try {
    return await prepared;
  } catch (error) {
    throw new Error(`==> Capture validation failed: ${(error as Error).message}`);
  }
}

/** Makes the directory. @throws with Consul's text for what cannot be captured. */
async function prepare(api: ApiClient, { intervalMs, durationMs, output }: Wanted, asked: string[]) {
  if (durationMs < durationMsMin)
    throw new Error(`duration must be longer than ${formatDuration(durationMsMin)}`);
  if (intervalMs < intervalMsMin)
    throw new Error(`interval must be longer than ${formatDuration(intervalMsMin)}`);
  if (durationMs < intervalMs)
    throw new Error(
      `duration (${formatDuration(durationMs)}) must be longer than interval (${formatDuration(intervalMs)})`,
    );
  const { version, canProfile } = await askAgent(api);
  const targets = asked.length === 0 ? [...captures] : asked.map(parseCapture);
  const allowed = targets.filter((target) => canProfile || target !== 'pprof');
  if (existsSync(output)) throw new Error(`output directory already exists: ${output}`);
  mkdirSync(output, { recursive: true, mode: 0o700 });
  if (allowed.length < targets.length)
    warn('[WARN] Unable to capture pprof. Set enable_debug to true on target agent to enable profiling.');
  return { version, targets: allowed };
}

async function askAgent(api: ApiClient) {
  try {
    const { Config, DebugConfig } = await api.get<{
      Config: { Version: string };
      DebugConfig: { EnableDebug?: boolean; ACLsEnabled?: boolean };
    }>('/v1/agent/self');
    return { version: Config.Version, canProfile: DebugConfig.EnableDebug || DebugConfig.ACLsEnabled };
  } catch (error) {
    throw new Error(
      `error querying target agent: ${(error as Error).message.replace(/\.$/, '')}. verify connectivity and agent address`,
    );
  }
}

/** `cluster` is the older name of `members`. */
function parseCapture(text: string): Capture {
  const found = captures.find((capture) => capture === (text === 'cluster' ? 'members' : text));
  if (!found) throw new Error(`target not found: ${text}`);
  return found;
}

/** Without colons, which tar takes for the end of a host's name. */
const timeName = (nowMs: number) => `${new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
