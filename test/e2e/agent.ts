/** One host of a system under test: a `rollcall agent` with a folder, ports and a loopback address of its own. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Consul from 'consul';
import { curlBy, type DnsAnswer, digBy, type Finished, type HttpAnswer, run } from './clients.ts';
import { Program } from './program.ts';

/** The Node that package.json pins, and the built program. */
export const root = join(import.meta.dirname, '../..');
export const nodePath = join(root, 'node_modules/.bin/node');
export const rollcallPath = join(root, 'dist/rollcall.mjs');

/** Runs a command that ends, like `rollcall members`. */
export const rollcall = (args: string[], env: Record<string, string> = {}): Promise<Finished> =>
  run(nodePath, [rollcallPath, ...args], env);

export interface AgentPlace {
  node: string;
  address: string;
  ports: { http: number; dns: number; server: number };
  /** Holds the data directory, the config directory and the log. */
  dir: string;
  flags: string[];
  env: Record<string, string>;
  /** What runs it, and who asks it: the command line of `nsenter`, or nothing. */
  runner?: string[];
}

export class Agent implements AgentPlace {
  readonly node: string;
  readonly address: string;
  readonly ports: AgentPlace['ports'];
  readonly dir: string;
  readonly env: Record<string, string>;
  flags: string[];
  readonly runner: string[];
  /** One for each start. */
  readonly programs: Program[] = [];

  constructor({ node, address, ports, dir, flags, env, runner = [] }: AgentPlace) {
    this.runner = runner;
    this.node = node;
    this.address = address;
    this.ports = ports;
    this.dir = dir;
    this.flags = flags;
    this.env = env;
    mkdirSync(this.configDir, { recursive: true });
  }

  get url(): string {
    return `http://${this.address}:${this.ports.http}`;
  }

  /** Of the edge that runs here, if one does. */
  get edgeUrl(): string {
    return `http://${this.address}:${this.ports.server}`;
  }

  get dataDir(): string {
    return join(this.dir, 'data');
  }

  get configDir(): string {
    return join(this.dir, 'config');
  }

  get program(): Program {
    const program = this.programs.at(-1);
    if (!program) throw new Error(`agent ${this.node} was never started`);
    return program;
  }

  get argv(): string[] {
    const { http, dns, server } = this.ports;
    return [
      'agent',
      `-node=${this.node}`,
      `-bind=${this.address}`,
      `-client=${this.address}`,
      `-http-port=${http}`,
      `-dns-port=${dns}`,
      `-server-port=${server}`,
      `-config-dir=${this.configDir}`,
      ...this.flags,
    ];
  }

  /** The process alone; see {@link Agent.start}. */
  spawn(): Program {
    const [command = nodePath, ...args] = [...this.runner, nodePath, rollcallPath, ...this.argv];
    const program = new Program({
      command,
      args,
      logPath: join(this.dir, `agent-${this.programs.length + 1}.log`),
      env: this.env,
    });
    this.programs.push(program);
    return program;
  }

  /** Resolves when it answers and, unless told otherwise, has the edge's catalog. */
  async start({ joined = true } = {}): Promise<this> {
    const program = this.spawn();
    await program.says('agent running!');
    if (joined) await program.says('in sync');
    return this;
  }

  async kill(): Promise<void> {
    await this.program.kill();
  }

  /** Writes a file into the config directory, read at the next start or reload. */
  declare(file: string, content: unknown): void {
    writeFileSync(
      join(this.configDir, file),
      typeof content === 'string' ? content : JSON.stringify(content, null, 2),
    );
  }

  undeclare(file: string): void {
    rmSync(join(this.configDir, file));
  }

  /** The public npm client, as it comes. */
  consul(defaults: { token?: string } = {}): Consul {
    return new Consul({ host: this.address, port: this.ports.http, defaults });
  }

  dig(...args: string[]): Promise<DnsAnswer> {
    return digBy(this.runner, { address: this.address, port: this.ports.dns }, ...args);
  }

  curl(path: string, ...args: string[]): Promise<HttpAnswer> {
    return curlBy(this.runner, `${this.url}${path}`, ...args);
  }

  async get<Value>(path: string): Promise<Value> {
    const answer = await this.curl(path);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return answer.json<Value>();
  }

  /** `rollcall <args>`, asking this agent. */
  cli(...args: string[]): Promise<Finished> {
    return rollcall(args, { CONSUL_HTTP_ADDR: `${this.address}:${this.ports.http}` });
  }
}
