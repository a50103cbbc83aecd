/** Whatever a sidecar sends, the object answers, and what it refuses leaves nothing behind. */
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  EdgeSocket,
  makeAgent,
  makeCheck,
  makeHello,
  makeRegistration,
  makeService,
  upgrade,
} from './edge-socket.ts';

const seed = 20_261_122;
const datacenter = 'hostile';

const hello = makeHello({ Agent: makeAgent('n1') });
const registration = makeRegistration('n2', {
  Service: makeService('web'),
  Checks: [makeCheck('c', 'passing', 'web', 60_000)],
});
const write = {
  Type: 'write',
  ID: 1,
  Ops: [
    { Register: registration },
    { Deregister: { Datacenter: '', Node: 'n9', ServiceID: '', CheckID: '' } },
  ],
};

/** The message with the value at a random place, or the place itself, replaced. */
function broken(message: object): fc.Arbitrary<string> {
  const places = placesIn(message);
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('', '\u0000', '__proto__', 'x'.repeat(2_000), -1, 1e308),
  );
  return fc.tuple(fc.constantFrom(...places), value).map(([place, other]) => {
    const copy = structuredClone(message);
    const parent = place.slice(0, -1).reduce<object>((at, key) => at[key as never], copy);
    Object.assign(parent, { [place.at(-1)!]: other });
    return JSON.stringify(copy);
  });
}

const placesIn = (value: unknown): string[][] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, member]) => [
        [key],
        ...placesIn(member).map((rest) => [key, ...rest]),
      ]);

async function hostileSocket(): Promise<EdgeSocket> {
  const { webSocket } = await upgrade(`dc=${datacenter}`);
  return new EdgeSocket(webSocket!);
}

const stats = () => env.DATACENTERS.getByName(datacenter).stats();

it('a broken hello joins or is refused', async () => {
  for (const text of fc.sample(broken(hello), { seed, numRuns: 100 })) {
    const { applied_index: before } = await stats();
    const socket = await hostileSocket();
    socket.send(text);
    const { Type } = JSON.parse(await socket.takeText());
    expect(['welcome', 'refused'], text).toContain(Type);
    if (Type === 'refused') expect((await stats()).applied_index, text).toBe(before);
    socket.close();
  }
});

it('a broken write is acknowledged or refused, and of a refused one nothing is written', async () => {
  for (const text of fc.sample(broken(write), { seed, numRuns: 200 })) {
    const socket = await hostileSocket();
    await socket.join({ Agent: makeAgent('n1') });
    const { applied_index: before } = await stats();
    socket.send(text);
    let answer = JSON.parse(await socket.takeText());
    if (answer.Type === 'delta') answer = JSON.parse(await socket.takeText());
    expect(['ack', 'refused'], text).toContain(answer.Type);
    if (answer.Type === 'refused' || answer.Errors.length === write.Ops.length)
      expect((await stats()).applied_index, text).toBe(before);
    socket.close();
  }
});
