/**
 * The self-hosted edge: one `workerd` child. It cannot outlive the agent: a shell of three lines between them holds a
 * pipe whose other end is the agent's, and kills workerd when that end closes, however the agent died. It is deaf to
 * SIGTERM, because an agent may also die right after it has told the edge to end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { SecureVersion } from 'node:tls';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';
import { type EdgeTlsFiles, tokenVariable, type WorkerdSettings, workerdConfig } from './workerd-config.ts';

/** What it speaks TLS with. */
export interface EdgeTls {
  cert: string;
  key: string;
  /** Whose certificates clients have to show; none: clients show nothing. */
  clientAuthorities: readonly string[];
  minVersion: SecureVersion;
}

export interface EdgeProcessOptions extends Omit<WorkerdSettings, 'storageDir' | 'bundle' | 'tls'> {
  tls: EdgeTls | undefined;
  /** With which this host asks it, where it speaks TLS. */
  agent: https.Agent | undefined;
  /** Holds the configuration, the bundle and the storage. */
  dir: string;
  /** Where the built edge is. */
  bundlePath: string;
  token: string;
  clock: Clock;
  logger: Logger;
  /** It had started, and ended without being told to. */
  died(reason: string): void;
}

const startTimeoutMs = 10_000;
const pollIntervalMs = 20;
const answerTimeoutMs = 2_000;
const stopTimeoutMs = 3_000;
const saidCharsMax = 2_000;

const guard = `
"$@" 3<&- & child=$!
( trap '' TERM; cat <&3 >/dev/null; kill -KILL $child ) 2>/dev/null & 
wait $child
`;

export class EdgeProcess {
  readonly #options: EdgeProcessOptions;
  #child: ChildProcess | undefined;
  /** Settles when nothing of it runs any more: every process of it holds its output open. */
  #gone: Promise<void> = Promise.resolve();
  #serving = false;

  constructor(options: EdgeProcessOptions) {
    this.#options = options;
  }

  get url(): URL {
    const { host, port, tls } = this.#options;
    return new URL(`${tls ? 'https' : 'http'}://${reachable(host)}:${port}`);
  }

  /** Resolves when it answers. @throws when it does not come up, with what it said. */
  async start(): Promise<void> {
    const { token } = this.#options;
    const configPath = this.#prepare();
    const child = spawn('sh', ['-c', guard, 'sh', workerdPath(), 'serve', configPath], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, [tokenVariable]: token },
    });
    this.#child = child;
    this.#gone = new Promise((resolve) => child.once('close', () => resolve()));
    const said = this.#listen(child);
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
    });
    void ended.then((reason) => this.#ended(reason));
    await this.#untilAnswering(ended, said);
    this.#serving = true;
  }

  /** Lays out the folder; the path of the configuration. */
  #prepare(): string {
    const { dir, bundlePath } = this.#options;
    const storageDir = join(dir, 'storage');
    mkdirSync(storageDir, { recursive: true, mode: 0o700 });
    const bundle = 'edge.js';
    copyFileSync(bundlePath, join(dir, bundle));
    const configPath = join(dir, 'workerd.capnp');
    const tls = this.#options.tls && layOutTls(dir, this.#options.tls);
    writeFileSync(configPath, workerdConfig({ ...this.#options, storageDir, bundle, tls }), { mode: 0o600 });
    return configPath;
  }

  /** Resolves when its port is free and its folder its own no more. */
  async stop(): Promise<void> {
    this.#serving = false;
    const child = this.#child;
    if (!child) return;
    const cancel = this.#options.clock.after(stopTimeoutMs, () => signalGroup(child, 'SIGKILL'));
    signalGroup(child, 'SIGTERM');
    await this.#gone;
    cancel();
    this.#child = undefined;
  }

  #ended(reason: string): void {
    if (this.#child) signalGroup(this.#child, 'SIGKILL');
    if (this.#serving) this.#options.died(reason);
  }

  /** Passes on what workerd says, and keeps the end of it for the case that it does not start. */
  #listen(child: ChildProcess): () => string {
    let last = '';
    const lines = new LineBuffer();
    const take = (chunk: Buffer) => {
      last = (last + chunk).slice(-saidCharsMax);
      for (const line of lines.push(chunk)) this.#options.logger.warn(line);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    return () => last.trim();
  }

  async #untilAnswering(ended: Promise<string>, said: () => string): Promise<void> {
    const { clock } = this.#options;
    let reason: string | undefined;
    void ended.then((value) => {
      reason = value;
    });
    let why: string | undefined;
    const deadlineMs = clock.monotonicMs() + startTimeoutMs;
    while (reason === undefined && clock.monotonicMs() < deadlineMs) {
      why = await silenceOf(this.url, this.#options.agent);
      if (why === undefined) return;
      await new Promise<void>((resolve) => clock.after(pollIntervalMs, resolve));
    }
    await this.stop();
    throw new Error(
      `the edge (workerd) does not start: ${reason ?? `it does not answer (${why})`}. It said: ${said() || 'nothing'}`,
    );
  }
}

/** Whole lines out of chunks that may end anywhere. */
class LineBuffer {
  #rest = '';

  push(chunk: Buffer): string[] {
    const parts = (this.#rest + chunk.toString()).split('\n');
    this.#rest = parts.pop()!;
    return parts.map((part) => part.trim()).filter((part) => part !== '');
  }
}

/** Its own group, so that the shell, its guard and workerd all hear it. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It is gone already.
  }
}

/** Why it does not answer, if it does not. An accepted connection proves nothing: workerd listens before it has looked at its configuration. */
function silenceOf(url: URL, agent: https.Agent | undefined): Promise<string | undefined> {
  const { get } = agent ? https : http;
  return new Promise((resolve) => {
    const request = get(url, { agent: agent ?? false, timeout: answerTimeoutMs }, (response) => {
      response.destroy();
      resolve(undefined);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', ({ message }) => resolve(message));
    request.once('close', () => resolve('closed'));
  });
}

/** A file for each text, beside the configuration, where it is embedded from. */
function layOutTls(dir: string, { cert, key, clientAuthorities, minVersion }: EdgeTls): EdgeTlsFiles {
  const write = (name: string, content: string) => {
    writeFileSync(join(dir, name), content, { mode: 0o600 });
    return name;
  };
  return {
    certificate: write('tls-certificate.pem', cert),
    key: write('tls-key.pem', key),
    authorities: clientAuthorities.map((authority, i) => write(`tls-authority-${i}.pem`, authority)),
    minVersion,
  };
}

/** Where this host reaches what listens on `host`. */
const reachable = (host: string) => (host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host);

/** The binary of the npm package `workerd` for this machine; ROLLCALL_WORKERD names another. */
function workerdPath(): string {
  if (process.env.ROLLCALL_WORKERD) return process.env.ROLLCALL_WORKERD;
  try {
    return (createRequire(import.meta.url)('workerd') as { default: string }).default;
  } catch {
    throw new Error(
      'the npm package workerd is not installed beside rollcall: npm install workerd, or set ROLLCALL_WORKERD',
    );
  }
}
