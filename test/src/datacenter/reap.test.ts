import { describe, expect, it } from 'vitest';
import { type Eviction, type ReapRows, reap, type SilentNode } from '../../../src/datacenter/reap.ts';

const limits = { reconnectTimeoutMs: 1_000, silentNodesMin: 4, silentShareMax: 0.5 };

const due = (Node: string, ServiceID: string, CriticalSinceMs: number, DeregisterAfterMs = 60) => ({
  Node,
  CheckID: `c-${ServiceID}`,
  ServiceID,
  CriticalSinceMs,
  DeregisterAfterMs,
});
const silent = (Node: string, CriticalSinceMs: number, ...serviceIds: string[]): SilentNode => ({
  Node,
  CriticalSinceMs,
  Evicting: serviceIds.map((ServiceID) => ({
    Node,
    CheckID: `c-${ServiceID}`,
    ServiceID,
    DeregisterAfterMs: 60,
  })),
});
const evicted = (Node: string, ServiceID: string, Reason: Eviction['Reason']) => ({
  Node,
  ServiceID,
  Reason,
});
const four = ['a', 'b', 'c', 'd'].map((name) => silent(name, 0, 'web'));

interface Case extends Partial<ReapRows> {
  law: string;
  nowMs: number;
  services?: Eviction[];
  nodes?: string[];
  held?: boolean;
  next?: number;
}

const cases: Case[] = [
  { law: 'nothing is due where nothing is critical', nowMs: 100 },
  { law: 'a critical service has until its time is over', Due: [due('n1', 'web', 0)], nowMs: 59, next: 60 },
  {
    law: 'and is evicted then',
    Due: [due('n1', 'web', 0)],
    nowMs: 60,
    services: [evicted('n1', 'web', 'critical')],
  },
  {
    law: 'each service has a time of its own',
    Due: [due('n1', 'web', 0, 10), due('n1', 'api', 0, 90)],
    nowMs: 50,
    services: [evicted('n1', 'web', 'critical')],
    next: 90,
  },
  {
    law: 'a service with two checks that are due goes once',
    Due: [due('n1', 'web', 0, 10), due('N1', 'web', 0, 20)],
    nowMs: 50,
    services: [evicted('N1', 'web', 'critical')],
  },
  {
    law: 'a healthy service of a silent host has its time from the silence on',
    Silent: [silent('n1', 40, 'web')],
    nowMs: 99,
    next: 100,
  },
  {
    law: 'and is evicted for the silence',
    Silent: [silent('n1', 40, 'web')],
    nowMs: 100,
    services: [evicted('n1', 'web', 'silent')],
    next: 1_040,
  },
  {
    law: 'a critical service of a silent host goes for the silence, by its own time',
    Due: [due('N1', 'web', 0)],
    Silent: [silent('n1', 40)],
    nowMs: 60,
    services: [evicted('N1', 'web', 'silent')],
    next: 1_040,
  },
  { law: 'a silent host without such checks is left', Silent: [silent('n1', 0)], nowMs: 500, next: 1_000 },
  {
    law: 'a silent host goes when it could long have come back',
    Silent: [silent('n1', 0)],
    nowMs: 1_000,
    nodes: ['n1'],
  },
  {
    law: 'three silent hosts of three are believed',
    Silent: four.slice(0, 3),
    AgentCount: 3,
    nowMs: 60,
    services: ['a', 'b', 'c'].map((name) => evicted(name, 'web', 'silent')),
    next: 1_000,
  },
  {
    law: 'four silent hosts of seven: nothing goes, not even what is critical elsewhere',
    Silent: four,
    Due: [due('n1', 'web', 0)],
    AgentCount: 7,
    nowMs: 999,
    held: true,
    next: 1_000,
  },
  {
    law: 'until they have been silent for the reconnect time-out: then they go, and what else was due',
    Silent: four,
    Due: [due('n1', 'web', 0)],
    AgentCount: 7,
    nowMs: 1_000,
    services: [...four.map(({ Node }) => evicted(Node, 'web', 'silent')), evicted('n1', 'web', 'critical')],
    nodes: ['a', 'b', 'c', 'd'],
  },
  {
    law: 'those that have gone too long do not hold the others, and those that have not still do',
    Silent: [...four, ...['e', 'f', 'g', 'h'].map((name) => silent(name, 500, 'web'))],
    AgentCount: 10,
    nowMs: 1_000,
    nodes: ['a', 'b', 'c', 'd'],
    held: true,
    next: 1_500,
  },
  {
    law: 'and what will be due is still known',
    Silent: four,
    Due: [due('n1', 'web', 10)],
    AgentCount: 7,
    nowMs: 65,
    held: true,
    next: 70,
  },
  {
    law: 'four silent hosts of eight are believed',
    Silent: four,
    Due: [due('n1', 'web', 0)],
    AgentCount: 8,
    nowMs: 60,
    services: [...four.map(({ Node }) => evicted(Node, 'web', 'silent')), evicted('n1', 'web', 'critical')],
    next: 1_000,
  },
];

describe('reap', () => {
  it.each(cases)('$law', ({ Due = [], Silent = [], AgentCount = 2, nowMs, ...expected }) => {
    const { services = [], nodes = [], held = false, next } = expected;
    const reaped = reap({ Due, Silent, AgentCount }, limits, nowMs);
    expect(reaped).toEqual({ Services: services, Nodes: nodes, Held: held, NextAtMs: next });
  });

  it('done twice names the same, so that what runs twice does nothing twice', () => {
    const rows = { Due: [due('n1', 'web', 0)], Silent: [silent('n2', 0, 'api')], AgentCount: 2 };
    expect(reap(rows, limits, 2_000)).toEqual(reap(rows, limits, 2_000));
  });
});
