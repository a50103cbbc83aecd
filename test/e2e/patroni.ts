/**
 * One node of a PostgreSQL cluster that Patroni runs: Patroni itself out of Debian's packages, with its Python, and a
 * PostgreSQL beside it. It knows the registry as every node of Patroni does, by the agent of its own host.
 */
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent } from './agent.ts';
import { libraryPath } from './debian-packages.ts';
import { freePort } from './ports.ts';
import type { Program } from './program.ts';
import type { System } from './system.ts';

/** The shortest that Patroni takes; its session has half of it. */
export const ttlS = 20;
const answerTimeoutMs = 1_000;
/** PostgreSQL refuses to be root; on every Debian this is somebody. */
const nobody = 65_534;
const asRoot = process.getuid?.() === 0;

export class PatroniNode {
  readonly host: Agent;
  readonly #system: System;
  readonly #packages: string;
  readonly #dir: string;
  readonly #url: string;
  readonly #config: string;
  #starts = 0;
  #program!: Program;

  constructor(system: System, packages: string, host: Agent, ports: { api: number; sql: number }) {
    this.host = host;
    this.#system = system;
    this.#packages = packages;
    this.#dir = join(system.dir, `patroni-${host.node}`);
    this.#url = `http://${host.address}:${ports.api}`;
    this.#config = join(this.#dir, 'patroni.yml');
    mkdirSync(this.#dir);
    if (asRoot) chownSync(this.#dir, nobody, nobody);
    // JSON is YAML too.
    writeFileSync(this.#config, JSON.stringify(this.#settings(ports)));
  }

  /** Resolves once the process runs; what becomes of it is for the test to see. */
  start(): void {
    const program = [join(this.#packages, 'usr/bin/python3.11'), join(this.#packages, 'usr/bin/patroni')];
    const [command = '', ...args] = [...(asRoot ? unprivileged : []), ...program, this.#config];
    this.#starts += 1;
    this.#program = this.#system.program({
      name: `patroni-${this.host.node}-${this.#starts}`,
      command,
      args,
      env: { LD_LIBRARY_PATH: libraryPath(this.#packages), LC_ALL: 'C', PYTHONUNBUFFERED: '1' },
    });
  }

  /** Patroni and its PostgreSQL, as when their host loses power. */
  async kill(): Promise<void> {
    await this.#program.kill();
    for (const line of this.#system.processes().filter((process) => process.includes(this.#dir)))
      process.kill(Number(line.split(' ')[0]), 'SIGKILL');
  }

  /** Together with its PostgreSQL, while there is still an agent to say goodbye to. */
  async stop(): Promise<void> {
    if (this.#program.running) await this.#program.stop();
  }

  /** As load balancers ask. */
  leads(): Promise<boolean> {
    return this.#answers('/primary');
  }

  /** Runs, and streams from the leader. */
  follows(): Promise<boolean> {
    return this.#answers('/replica?lag=1MB');
  }

  async #answers(path: string): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(answerTimeoutMs);
      return (await fetch(this.#url + path, { method: 'OPTIONS', signal })).ok;
    } catch {
      return false;
    }
  }

  #settings({ api, sql }: { api: number; sql: number }): object {
    const { address, node, ports } = this.host;
    return {
      scope: 'db',
      name: node,
      restapi: { listen: `${address}:${api}`, connect_address: `${address}:${api}` },
      consul: { host: `${address}:${ports.http}`, register_service: true },
      bootstrap: {
        dcs: { ttl: ttlS, loop_wait: 1, retry_timeout: 3, postgresql: { use_pg_rewind: true } },
        initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'data-checksums'],
      },
      postgresql: {
        listen: `${address}:${sql}`,
        connect_address: `${address}:${sql}`,
        data_dir: join(this.#dir, 'data'),
        bin_dir: join(this.#packages, 'usr/lib/postgresql/15/bin'),
        pgpass: join(this.#dir, 'pgpass'),
        authentication: {
          superuser: { username: 'admin', password: 'secret' },
          replication: { username: 'replicator', password: 'secret' },
        },
        parameters: { unix_socket_directories: '', jit: 'off', shared_buffers: '16MB' },
        pg_hba: ['host all all 127.0.0.0/8 scram-sha-256', 'host replication all 127.0.0.0/8 scram-sha-256'],
      },
    };
  }
}

export async function makePatroniNode(system: System, packages: string, host: Agent): Promise<PatroniNode> {
  return new PatroniNode(system, packages, host, { api: await freePort(), sql: await freePort() });
}

/** Nobody, who yet may read wherever this checkout is. */
const unprivileged = [
  'setpriv',
  ...[`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'],
  ...['--inh-caps=+dac_override', '--ambient-caps=+dac_override'],
];
