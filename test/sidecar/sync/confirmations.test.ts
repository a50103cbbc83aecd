import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Confirmations } from '../../../sidecar/sync/confirmations.ts';
import { FakeClock } from '../fake-clock.ts';

function theConfirmations() {
  const clock = new FakeClock();
  const sent: number[] = [];
  const connection = { isLive: true };
  const confirmations = new Confirmations({
    isLive: () => connection.isLive,
    send: (id) => sent.push(id),
    clock,
  });
  const ask = () => confirmations.confirm();
  return { clock, sent, connection, confirmations, ask };
}

test('those who ask in one turn ask together, and all hear it', async () => {
  const { sent, confirmations, ask, clock } = theConfirmations();
  const all = Promise.all([ask(), ask(), ask()]);
  expect(sent).toEqual([]);
  await turn();
  expect(sent).toHaveLength(1);
  confirmations.acknowledged(sent[0]!);
  expect([await all, clock.pending]).toEqual([[true, true, true], 0]);
});

test('who asks when the question is on its way has one of his own', async () => {
  const { sent, confirmations, ask } = theConfirmations();
  const first = ask();
  await turn();
  const heard: string[] = [];
  const second = ask().then(() => heard.push('second'));
  await turn();
  confirmations.acknowledged(sent[0]!);
  await first;
  expect([sent.length, heard]).toEqual([2, []]);
  confirmations.acknowledged(sent[1]!);
  await second;
});

test('four questions are on their way at most, and the next goes when one is answered', async () => {
  const { sent, confirmations, ask } = theConfirmations();
  const all: Promise<boolean>[] = [];
  for (let i = 0; i < 6; i += 1) {
    all.push(ask());
    await turn();
  }
  expect(sent).toHaveLength(4);
  for (let i = 0; i < 5; i += 1) confirmations.acknowledged(sent[i]!);
  expect([sent.length, await Promise.all(all)]).toEqual([5, Array(6).fill(true)]);
});

test('acknowledgements of other writes are left to others', () => {
  const { confirmations } = theConfirmations();
  expect(confirmations.acknowledged(7)).toBe(false);
});

test('without a live connection nothing is asked', async () => {
  const { connection, sent, ask } = theConfirmations();
  connection.isLive = false;
  expect([await ask(), sent]).toEqual([false, []]);
});

test('a connection that is lost says nothing, neither to who was asked for nor to who had not yet', async () => {
  const { sent, confirmations, ask, clock } = theConfirmations();
  const asked = ask();
  await turn();
  const waiting = ask();
  confirmations.lost();
  await turn();
  expect([await asked, await waiting, sent.length, clock.pending]).toEqual([false, false, 1, 0]);
  confirmations.acknowledged(sent[0]!);
});

test('an edge that does not answer for five seconds is not waited for', async () => {
  const { clock, ask, confirmations, sent } = theConfirmations();
  const late = ask();
  await turn();
  clock.advance(4_999);
  const punctual = ask();
  await turn();
  clock.advance(1);
  await expect(late).rejects.toThrow('no acknowledgement within 5000 ms');
  confirmations.acknowledged(sent[1]!);
  expect(await punctual).toBe(true);
});
