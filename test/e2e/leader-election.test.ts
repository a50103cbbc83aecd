/**
 * Leader election between two clients of two hosts, as Consul's guide has it: a session with a TTL, a key as the lock.
 * Whatever dies (the leader's process, its sidecar, the edge), there are never two leaders, and in the end there is one.
 *
 * Source: https://developer.hashicorp.com/consul/docs/dynamic-app-config/sessions/application-leader-election.
 */
import { expect } from 'vitest';
import type { Agent } from './agent.ts';
import type { System } from './system.ts';
import { test } from './system-test.ts';
import { throughout, until } from './until.ts';

const lock = '/v1/kv/service/lead/leader';
const ttlMs = 10_000;
/** When a candidate that cannot renew must take itself for no leader any more: before its session can have ended. */
const leaseMs = ttlMs;

/** One process that wants to lead; it asks the agent of its host and believes only what was acknowledged. */
class Candidate {
  readonly name: string;
  readonly #url: string;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #session = '';
  /** Until then it may act as the leader, by its own clock, counted from before its last renewal was sent. */
  #leadsUntilMs = 0;

  constructor(name: string, agent: Agent) {
    this.name = name;
    this.#url = agent.url;
    this.#running = this.#run();
  }

  get leads(): boolean {
    return performance.now() < this.#leadsUntilMs;
  }

  /** As a process that is killed: it says goodbye to nobody. */
  async die(): Promise<void> {
    this.#leadsUntilMs = 0;
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#renewOrTake();
      } catch {
        // Nobody answers: what was had is kept until it must be given up.
      }
      await pause(200);
    }
  }

  async #renewOrTake(): Promise<void> {
    const askedAtMs = performance.now();
    if (this.#session === '' || (await this.#put(`/v1/session/renew/${this.#session}`)).status === 404) {
      this.#leadsUntilMs = 0;
      const body = { Name: this.name, TTL: `${ttlMs}ms`, LockDelay: '1s', Behavior: 'release' };
      const { text } = await this.#put('/v1/session/create', JSON.stringify(body));
      this.#session = JSON.parse(text).ID;
    }
    const { status, text } = await this.#put(`${lock}?acquire=${this.#session}`, this.name);
    if (status !== 200) return;
    const holds = text.trim() === 'true';
    if (!this.#stop.signal.aborted) this.#leadsUntilMs = holds ? askedAtMs + leaseMs : 0;
  }

  async #put(path: string, body?: string): Promise<{ status: number; text: string }> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(2_000)]);
    const response = await fetch(this.#url + path, { method: 'PUT', signal, ...(body && { body }) });
    const text = await response.text();
    if (response.status >= 500 && !text.startsWith('invalid session')) throw new Error(text);
    return { status: response.status, text };
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function start(system: System) {
  const edge = await system.server('edge');
  const hosts = [
    await system.client('host-a', edge, { address: '127.0.0.2' }),
    await system.client('host-b', edge, { address: '127.0.0.3' }),
  ];
  const candidates = hosts.map((host) => new Candidate(host.node, host));
  return { edge, hosts, candidates };
}

/** Looks all the time, from the start of a test to its end, whether two lead at once. */
class Referee {
  readonly faults: string[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(candidates: Candidate[]) {
    this.#timer = setInterval(() => {
      const leaders = candidates.filter(({ leads }) => leads);
      if (leaders.length > 1) this.faults.push(leaders.map(({ name }) => name).join(' and '));
    }, 5);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

const leaderOf = (candidates: Candidate[]) => candidates.find(({ leads }) => leads);

async function elected(candidates: Candidate[], timeoutMs = 15_000): Promise<Candidate> {
  return await until('one leads', () => leaderOf(candidates), timeoutMs);
}

/** What happens to a leader on its host, and how long the other may need to take over. */
const deaths = [
  {
    what: "the leader's process dies",
    kill: async ({ leader }: { leader: Candidate; host: Agent; edge: Agent }) => leader.die(),
    takeoverMs: 2 * ttlMs + 10_000,
  },
  {
    what: "the leader's sidecar dies",
    kill: async ({ host }: { leader: Candidate; host: Agent; edge: Agent }) => host.kill(),
    takeoverMs: 2 * ttlMs + 10_000,
  },
];

test.for(deaths)(
  'when $what the other leads',
  { timeout: 90_000 },
  async ({ kill, takeoverMs }, { system }) => {
    const { edge, hosts, candidates } = await start(system);
    const referee = new Referee(candidates);
    try {
      const leader = await elected(candidates);
      const host = hosts.find(({ node }) => node === leader.name)!;
      const others = candidates.filter((candidate) => candidate !== leader);
      await throughout(1_000, () => expect(leaderOf(candidates)).toBe(leader));
      await kill({ leader, host, edge });
      const next = await elected(others, takeoverMs);
      await throughout(1_000, () => expect(leaderOf(candidates)).toBe(next));
    } finally {
      await Promise.all(candidates.map((candidate) => candidate.die()));
      referee.stop();
    }
    expect(referee.faults).toEqual([]);
  },
);

test('when the edge dies nobody leads for longer than a lease, and when it is back one does', {
  timeout: 90_000,
}, async ({ system }) => {
  const { edge, candidates } = await start(system);
  const referee = new Referee(candidates);
  try {
    const leader = await elected(candidates);
    await edge.kill();
    await throughout(1_000, () =>
      expect(candidates.filter((one) => one !== leader && one.leads)).toEqual([]),
    );
    await until('the leader gives up', () => !leader.leads, leaseMs + 1_000);
    await edge.start();
    const next = await elected(candidates, 2 * ttlMs + 15_000);
    await throughout(1_000, () => expect(leaderOf(candidates)).toBe(next));
  } finally {
    await Promise.all(candidates.map((candidate) => candidate.die()));
    referee.stop();
  }
  expect(referee.faults).toEqual([]);
});

test('when the edge is away for a moment the leader stays', { timeout: 60_000 }, async ({ system }) => {
  const { edge, candidates } = await start(system);
  const referee = new Referee(candidates);
  try {
    const leader = await elected(candidates);
    await edge.kill();
    await edge.start();
    await throughout(3_000, () =>
      expect(candidates.filter((one) => one !== leader && one.leads)).toEqual([]),
    );
    expect(await elected(candidates)).toBe(leader);
  } finally {
    await Promise.all(candidates.map((candidate) => candidate.die()));
    referee.stop();
  }
  expect(referee.faults).toEqual([]);
});
