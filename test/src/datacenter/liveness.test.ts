import { describe, expect, it } from 'vitest';
import { type AgentTimes, isImplausible, judge, selectMissing } from '../../../src/datacenter/liveness.ts';

const limits = {
  silenceMsMax: 10,
  restartGraceMs: 30,
  massSilenceGraceMs: 60,
  silentNodesMin: 4,
  silentShareMax: 0.5,
};
const startedAtMs = 1_000;

const agent = (Node: string, rest: Partial<AgentTimes>): AgentTimes => ({
  Node,
  HeardAtMs: undefined,
  LostAtMs: null,
  Critical: false,
  Passing: true,
  ...rest,
});
const heard = (Node: string, HeardAtMs: number) => agent(Node, { HeardAtMs });
const lost = (Node: string, LostAtMs: number) => agent(Node, { LostAtMs });
const unheard = (Node: string) => agent(Node, {});
const critical = (Node: string) => agent(Node, { Critical: true, Passing: false, LostAtMs: 0 });
const many = (count: number, make: (name: string) => AgentTimes) =>
  Array.from({ length: count }, (_, i) => make(`m${i}`));

interface Case {
  law: string;
  agents: AgentTimes[];
  nowMs: number;
  silent?: string[];
  held?: boolean;
  next?: number;
}

const cases: Case[] = [
  { law: 'nobody is nothing to look for', agents: [], nowMs: 2_000 },
  { law: 'a host heard a moment ago lives', agents: [heard('a', 2_000)], nowMs: 2_009, next: 2_010 },
  { law: 'a host is silent when the time is over', agents: [heard('a', 2_000)], nowMs: 2_010, silent: ['a'] },
  {
    law: 'a closed connection counts from its closing',
    agents: [lost('a', 2_000)],
    nowMs: 2_009,
    next: 2_010,
  },
  {
    law: 'and the host is silent when the time is over',
    agents: [lost('a', 2_000)],
    nowMs: 2_010,
    silent: ['a'],
  },
  {
    law: 'a host that came back is judged by its connection',
    agents: [agent('a', { LostAtMs: 1, HeardAtMs: 2_000 })],
    nowMs: 2_005,
    next: 2_010,
  },
  { law: 'after a start a host has time to come back', agents: [unheard('a')], nowMs: 1_029, next: 1_030 },
  { law: 'and is silent when that is over', agents: [unheard('a')], nowMs: 1_030, silent: ['a'] },
  { law: 'who is known to be silent is not found again', agents: [critical('a')], nowMs: 9_000 },
  {
    law: 'the next is the earliest',
    agents: [heard('a', 2_004), lost('b', 2_001), unheard('c')],
    nowMs: 1_020,
    next: 1_030,
  },
  {
    law: 'one silent host tells when the next could be',
    agents: [heard('a', 2_000), heard('b', 2_005)],
    nowMs: 2_010,
    silent: ['a'],
    next: 2_015,
  },
  {
    law: 'three silent hosts of three are believed',
    agents: many(3, (m) => lost(m, 2_000)),
    nowMs: 2_010,
    silent: ['m0', 'm1', 'm2'],
  },
  {
    law: 'four silent hosts of eight are believed',
    agents: [
      ...many(4, (m) => lost(m, 2_000)),
      heard('a', 2_005),
      heard('b', 2_005),
      heard('c', 2_005),
      heard('d', 2_005),
    ],
    nowMs: 2_010,
    silent: ['m0', 'm1', 'm2', 'm3'],
    next: 2_015,
  },
  {
    law: 'four silent hosts of seven are held',
    agents: [...many(4, (m) => lost(m, 2_000)), heard('a', 2_069), heard('b', 2_069), heard('c', 2_069)],
    nowMs: 2_010,
    held: true,
    next: 2_070,
  },
  {
    law: 'and are looked at when the first of the others could be silent',
    agents: [...many(4, (m) => lost(m, 2_000)), heard('a', 2_005), heard('b', 2_005), heard('c', 2_005)],
    nowMs: 2_010,
    held: true,
    next: 2_015,
  },
  {
    law: 'a mass silence is believed in the end',
    agents: many(4, (m) => lost(m, 2_000)),
    nowMs: 2_070,
    silent: ['m0', 'm1', 'm2', 'm3'],
    held: true,
  },
  {
    law: 'each for its own time',
    agents: [...many(4, (m) => lost(m, 2_000)), lost('late', 2_001)],
    nowMs: 2_070,
    silent: ['m0', 'm1', 'm2', 'm3'],
    held: true,
    next: 2_071,
  },
  {
    law: 'the silent of before count for the mass',
    agents: [critical('a'), critical('b'), critical('c'), lost('d', 2_000)],
    nowMs: 2_010,
    held: true,
    next: 2_070,
  },
  {
    law: 'the silent of before alone are no mass silence of now',
    agents: [...many(9, critical), heard('a', 2_000)],
    nowMs: 2_005,
    next: 2_010,
  },
];

describe('judge', () => {
  it.each(cases)('$law', ({ agents, nowMs, silent = [], held = false, next }) => {
    expect(judge(agents, limits, startedAtMs, nowMs)).toEqual({ Silent: silent, Held: held, NextAtMs: next });
  });
});

describe('who is missing since the start', () => {
  it('is lost from then on so that the grace ends when it ends', () => {
    const agents = [unheard('a'), heard('b', 1), lost('c', 1), critical('d')];
    const missing = selectMissing(agents, limits, startedAtMs);
    expect(missing).toEqual([{ Node: 'a', LostAtMs: 1_020 }]);
    const noted = missing.map(({ Node, LostAtMs }) => lost(Node, LostAtMs));
    expect(judge(noted, limits, 1_025, 1_030).Silent).toEqual(['a']);
    expect(judge(noted, limits, 1_025, 1_029).Silent).toEqual([]);
  });
});

describe('implausible', () => {
  it.each([
    { silent: 3, of: 3, is: false },
    { silent: 4, of: 8, is: false },
    { silent: 4, of: 7, is: true },
    { silent: 4, of: 4, is: true },
    { silent: 50, of: 100, is: false },
    { silent: 51, of: 100, is: true },
  ])('are $silent of $of: $is', ({ silent, of, is }) => {
    expect(isImplausible(silent, of, limits)).toBe(is);
  });
});
