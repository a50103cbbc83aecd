/**
 * Hosts in network namespaces of their own, each on a cable to one switch (a bridge in a namespace of its own, so that
 * nothing of the machine's network changes): cables can be unplugged, lose what they carry, or be slow.
 */
import { join } from 'node:path';
import { type Finished, run } from './clients.ts';
import { libraryPath, unpacked } from './debian-packages.ts';

const { dir, missing } = await unpacked('network');
const env = { LD_LIBRARY_PATH: libraryPath(dir) };
const ip = (...args: string[]) => must(join(dir, 'sbin/ip'), args);

let networks = 0;

export class Network {
  /** Namespaces belong to the whole machine. */
  readonly #name = `rollcall-${process.pid}-${++networks}`;
  readonly #hosts: string[] = [];

  async open(): Promise<this> {
    await ip('netns', 'add', this.#switch);
    await ip('-n', this.#switch, 'link', 'add', 'switch', 'type', 'bridge', 'forward_delay', '0');
    await ip('-n', this.#switch, 'link', 'set', 'switch', 'up');
    return this;
  }

  /** A host that is plugged in. */
  async plug(): Promise<NetworkHost> {
    const number = this.#hosts.length + 1;
    const [namespace, cable, address] = [`${this.#name}-${number}`, `cable${number}`, `10.77.0.${number}`];
    this.#hosts.push(namespace);
    await ip('netns', 'add', namespace);
    const ends = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace];
    await ip('-n', this.#switch, 'link', 'add', cable, ...ends);
    await ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    for (const device of ['lo', 'eth0']) await ip('-n', namespace, 'link', 'set', device, 'up');
    const host = new NetworkHost(namespace, this.#switch, cable, address);
    await host.heal();
    return host;
  }

  async close(): Promise<void> {
    // A namespace takes along what is in it.
    for (const namespace of [...this.#hosts, this.#switch]) await ip('netns', 'delete', namespace);
  }

  get #switch(): string {
    return `${this.#name}-switch`;
  }
}

export class NetworkHost {
  readonly address: string;
  /** The command line that runs others on this host. */
  readonly runner: string[];
  readonly #namespace: string;
  readonly #switch: string;
  readonly #cable: string;

  constructor(namespace: string, switchNamespace: string, cable: string, address: string) {
    this.#namespace = namespace;
    this.#switch = switchNamespace;
    this.#cable = cable;
    this.address = address;
    this.runner = ['nsenter', `--net=/run/netns/${namespace}`];
  }

  /** The cable is pulled out: its host can see that. */
  async unplug(): Promise<void> {
    await ip('-n', this.#switch, 'link', 'set', this.#cable, 'down');
  }

  /** Nothing that is sent arrives, either way, and nobody is told. */
  async silence(): Promise<void> {
    await ip('-n', this.#switch, 'link', 'set', this.#cable, 'nomaster');
  }

  /** Every packet is lost or not, by the toss of a coin. */
  async loseHalf(): Promise<void> {
    const chance = 'numgen random mod 2 0 drop';
    const rules = `table bridge loss {
      chain forward {
        type filter hook forward priority 0;
        iifname ${this.#cable} ${chance}
        oifname ${this.#cable} ${chance}
      }
    }`;
    await inNamespace(this.#switch, join(dir, 'usr/sbin/nft'), rules);
  }

  /** So many bits in a second, either way; what waits longer than some seconds is dropped, as by a modem. */
  async slow(bitsPerS: number): Promise<void> {
    const rate = ['root', 'tbf', 'rate', `${bitsPerS}bit`, 'burst', '4kb', 'latency', '4s'];
    await must(join(dir, 'sbin/tc'), ['-n', this.#switch, 'qdisc', 'add', 'dev', this.#cable, ...rate]);
    await must(join(dir, 'sbin/tc'), ['-n', this.#namespace, 'qdisc', 'add', 'dev', 'eth0', ...rate]);
  }

  /** As it was when it was plugged in, but for a slow cable. */
  async heal(): Promise<void> {
    await ip('-n', this.#switch, 'link', 'set', this.#cable, 'master', 'switch', 'up');
    await inNamespace(this.#switch, join(dir, 'usr/sbin/nft'), 'flush ruleset');
  }
}

const inNamespace = (namespace: string, command: string, ...args: string[]) =>
  must('nsenter', [`--net=/run/netns/${namespace}`, command, ...args]);

async function must(command: string, args: string[]): Promise<Finished> {
  const finished = await run(command, args, env);
  if (finished.code !== 0) throw new Error(`${command} ${args.join(' ')}: ${finished.stderr.trim()}`);
  return finished;
}

async function whyNot(): Promise<string | undefined> {
  const network = new Network();
  try {
    const host = await (await network.open()).plug();
    await host.slow(1_000_000);
    await host.loseHalf();
    await network.close();
    return undefined;
  } catch (error) {
    const reason = (error as Error).message;
    process.stderr.write(`Skipped for want of network namespaces: ${reason}\n`);
    await network.close().catch(() => undefined);
    return reason;
  }
}

/** Why there are no such networks here, when there are none: it takes root, and a kernel that has them. */
export const networkMissing: string | undefined = missing ?? (await whyNot());
