/** A real {@link HostSync} that is connected to a scripted edge. */
import { expect, onTestFinished } from 'vitest';
import { Outbound } from '../../../sidecar/outbound/outbound.ts';
import { HostSync } from '../../../sidecar/sync/host-sync.ts';
import { makeLogger } from '../../../sidecar/system/logger.ts';
import type { CatalogService } from '../../../src/shared/catalog-write.ts';
import type { Change, UpMessage, Write } from '../../../src/shared/protocol/messages.ts';
import { FakeClock } from '../fake-clock.ts';
import { aLocalState, aService } from '../local/declared.ts';
import { aNode } from './a-node.ts';
import { aWelcome, eventually, type Peer, startScriptedEdge } from './scripted-edge.ts';

export const raised = { CreateIndex: 1, ModifyIndex: 1 };
export const setNode = (name: string): Change => {
  const { ID, Node, Address, TaggedAddresses, NodeMeta: Meta } = aNode(name);
  return { Set: 'node', Row: { ID, Node, Address, Datacenter: 'dc1', TaggedAddresses, Meta, ...raised } };
};
export const setService = (service: CatalogService): Change => ({
  Set: 'service',
  Node: 'n1',
  Row: { ...service, ...raised },
});
export const evicted = (ID: string, Reason: 'critical' | 'silent' | 'deregistered'): Change => ({
  Delete: 'service',
  Node: 'n1',
  ID,
  Index: 9,
  Reason,
});

/** A host that is connected to a scripted edge, whose catalog has its node and `changes`. Each compare takes `compareMs`. */
export async function aHost({
  changes = [] as Change[],
  services = [] as string[],
  checkUpdateIntervalMs = 0,
  compareMs = 0,
} = {}) {
  const edge = await startScriptedEdge();
  const clock = new FakeClock();
  let comparedMs = 0;
  const monotonicMs = () => clock.monotonicMs() + comparedMs;
  const { state } = aLocalState();
  const lines: string[] = [];
  const logger = makeLogger(
    'sync',
    { level: 'warn', json: false, write: (line) => lines.push(line.slice(25)) },
    clock,
  );
  for (const id of services) state.addService(aService(id), 'api');
  const gone: string[] = [];
  const sync = new HostSync(
    {
      edges: [edge.url],
      datacenter: 'dc1',
      token: () => '',
      outbound: new Outbound(clock),
      clock: { nowMs: () => clock.nowMs(), monotonicMs, after: (...args) => clock.after(...args) },
      random: () => 0,
      logger,
      node: () => {
        comparedMs += compareMs;
        return aNode('n1');
      },
      local: state,
      evicted: async (id) => {
        gone.push(id);
        state.removeService(id);
      },
      checkUpdateIntervalMs,
    },
    {},
  );
  onTestFinished(() => sync.stop());
  sync.start();
  const peer = await edge.peer();
  await peer.next();
  // Hardly any heartbeats: the clock of these tests jumps.
  peer.send(aWelcome({ HeartbeatIntervalMs: 3_600_000 }));
  peer.send({ Type: 'page', Index: 1, Changes: [setNode('n1'), ...changes] });
  await eventually(() => sync.feed.state === 'live');
  return { edge, clock, state, sync, peer, lines, gone };
}

/** The next write, its ops as a few words. */
export async function nextWrite(peer: Peer): Promise<{ ID: number; ops: string[] }> {
  const { Type, ID, Ops } = (await peer.next()) as Write;
  expect(Type).toBe('write');
  const ops = Ops.map((op) =>
    'Register' in op
      ? `+${op.Register.Service?.ID ?? op.Register.Checks.map(({ CheckID }) => CheckID)}`
      : `-${op.Deregister.ServiceID}`,
  );
  return { ID, ops };
}
export const ack = (ID: number, errors: [op: number, message: string][] = []) => ({
  Type: 'ack' as const,
  ID,
  Index: 2,
  Errors: errors.map(([Op, Message]) => ({ Op, Status: 500, Message })),
});
/** What has been written when everything that was sent has been heard. */
export async function heardBy(peer: Peer, sync: HostSync): Promise<UpMessage[]> {
  sync.feed.send({ Type: 'next', Cursor: 'marker' });
  await eventually(() => peer.heard.some(({ Type }) => Type === 'next'));
  return peer.heard.splice(0).filter(({ Type }) => Type !== 'next');
}
