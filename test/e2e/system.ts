/**
 * A whole system on this machine: agents on loopback addresses of their own, services, other programs. When its test ends
 * everything is stopped, and that nothing is left running is part of every test; when it failed, the logs are printed.
 *
 * Whatever a system starts, directly or not, carries a variable in its environment by which it is found in /proc.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from './agent.ts';
import { type EchoService, startEcho } from './echo-service.ts';
import { freePort } from './ports.ts';
import { Program, type ProgramOptions } from './program.ts';
import { until } from './until.ts';

interface AgentOptions {
  /** Default: 127.0.0.1. */
  address?: string;
  flags?: string[];
  env?: Record<string, string>;
  runner?: string[];
}

const mark = 'ROLLCALL_E2E';

export class System {
  readonly dir: string;
  readonly #agents: Agent[] = [];
  readonly #services: EchoService[] = [];
  readonly #programs: Program[] = [];

  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'rollcall-e2e-'));
  }

  /** The environment of everything that belongs to this system. */
  get env(): Record<string, string> {
    return { [mark]: this.dir };
  }

  /** An agent that is not running yet. */
  async makeAgent(
    node: string,
    { address = '127.0.0.1', flags = [], env, runner = [] }: AgentOptions = {},
  ): Promise<Agent> {
    const dir = join(this.dir, node);
    mkdirSync(dir);
    const ports = { http: await freePort(), dns: await freePort(), server: await freePort() };
    const agent = new Agent({ node, address, ports, dir, flags, env: { ...env, ...this.env }, runner });
    this.#agents.push(agent);
    return agent;
  }

  /** A host with the edge: `agent -server`. */
  async makeServer(node: string, options: AgentOptions = {}): Promise<Agent> {
    const agent = await this.makeAgent(node, options);
    agent.flags = ['-server', `-data-dir=${agent.dataDir}`, ...agent.flags];
    return agent;
  }

  async server(node: string, options: AgentOptions = {}): Promise<Agent> {
    return (await this.makeServer(node, options)).start();
  }

  /** A service host, joined to the edge of `server`. */
  async makeClient(node: string, server: Agent, options: AgentOptions = {}): Promise<Agent> {
    const agent = await this.makeAgent(node, options);
    agent.flags = [`-data-dir=${agent.dataDir}`, `-retry-join=${server.edgeUrl}`, ...agent.flags];
    return agent;
  }

  async client(node: string, server: Agent, options: AgentOptions = {}): Promise<Agent> {
    return (await this.makeClient(node, server, options)).start();
  }

  async echo(address: string): Promise<EchoService> {
    const service = await startEcho(address);
    this.#services.push(service);
    return service;
  }

  program(options: Omit<ProgramOptions, 'logPath'> & { name: string }): Program {
    const program = new Program({
      ...options,
      logPath: join(this.dir, `${options.name}.log`),
      env: { ...options.env, ...this.env },
    });
    this.#programs.push(program);
    return program;
  }

  /** What runs of this system: "pid command line". */
  processes(): string[] {
    const wanted = `${mark}=${this.dir}\0`;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => readProc(pid, 'environ').includes(wanted))
      .map((pid) => `${pid} ${readProc(pid, 'cmdline').replaceAll('\0', ' ').trim()}`);
  }

  /** Of the one edge that runs here. */
  workerdPid(): number {
    const line = this.processes().find((process) => /^\d+ \S*\/workerd serve /.test(process));
    if (!line) throw new Error(`no workerd in ${this.processes().join('\n')}`);
    return Number(line.split(' ')[0]);
  }

  /** @throws if anything that belongs to the system still runs after a moment. */
  async nothingRuns(): Promise<void> {
    await until(
      `nothing of ${this.dir} runs any more`,
      () => {
        const left = this.processes();
        if (left.length > 0) throw new Error(left.join('\n'));
        return true;
      },
      2_000,
    );
  }

  async stop(): Promise<void> {
    try {
      const programs = [...this.#programs, ...this.#agents.flatMap((agent) => agent.programs)];
      // Clients before the edge they would miss.
      for (const program of programs.reverse()) if (program.running) await program.stop();
      await Promise.all(this.#services.map((service) => service.stop()));
      await this.nothingRuns();
    } finally {
      for (const line of this.processes()) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
      rmSync(this.dir, { recursive: true, force: true });
    }
  }

  /** Everything that was said, for whoever must find out why a test failed. */
  logs(): string {
    return [...this.#programs, ...this.#agents.flatMap((agent) => agent.programs)]
      .map(({ logPath, log }) => `--- ${logPath}\n${log}`)
      .join('\n');
  }
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
