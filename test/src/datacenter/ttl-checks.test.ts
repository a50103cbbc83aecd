/** Checks that the edge keeps the time of: when they expire, what a refresh writes and what follows an expiry. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { register } from '../../../src/datacenter/registration.ts';
import { CatalogStore } from '../../../src/datacenter/store/catalog-store.ts';
import { expireChecks, setTtlCheck } from '../../../src/datacenter/ttl-checks.ts';
import { decodeCatalogRegistration } from '../../../src/shared/definition/catalog-registration.ts';
import { checkOutputBytesMax } from '../../../src/shared/limits.ts';
import type { Status } from '../../../src/shared/model.ts';

const ttlMs = 30_000;
const startMs = 1_000_000;

/** A catalog whose time the test sets, with a device that registered itself at `startMs`. */
class Device {
  readonly store: CatalogStore;
  nowMs = startMs;

  constructor(store: CatalogStore) {
    this.store = store;
    this.register();
  }

  register(check: object = {}, definition: object = { TTL: '30s', DeregisterCriticalServiceAfter: '1m' }) {
    const body = {
      Node: 'device',
      Address: '10.0.0.1',
      Service: { Service: 'sensor' },
      Check: { CheckID: 'alive', Status: 'passing', ServiceID: 'sensor', Definition: definition, ...check },
    };
    return this.store.transact(this.nowMs, (tx) => register(tx, decodeCatalogRegistration(body)));
  }

  say(Status: Status, Output = '', CheckID = 'alive') {
    return this.store.transact(this.nowMs, (tx) =>
      setTtlCheck(tx, { Node: 'DEVICE', CheckID, Status, Output }),
    );
  }

  expire() {
    return this.store.transact(this.nowMs, expireChecks);
  }

  get check() {
    return this.store.checkTable.get('device', 'alive')!;
  }

  get times() {
    return this.store.checkTable.find('device', 'alive')!.times;
  }
}

const undone = new Error('each test begins with an empty catalog');

const law = (name: string, test: (device: Device) => void) =>
  it(name, () =>
    runInDurableObject(env.DATACENTERS.getByName('ttl-checks'), (_object, { storage }) => {
      try {
        storage.transactionSync(() => {
          test(new Device(new CatalogStore(storage, 'dc1', () => 'catalog')));
          throw undone;
        });
      } catch (error) {
        if (error !== undone) throw error;
      }
    }),
  );

describe('a TTL check at the edge', () => {
  law('lives for its TTL and half of it again', (device) => {
    expect(device.times.ExpiresAtMs).toBe(startMs + 1.5 * ttlMs);
    device.nowMs = startMs + 1.5 * ttlMs - 1;
    expect(device.expire().Topics).toEqual([]);
    device.nowMs += 1;
    expect(device.expire().Topics).toContain('service:sensor');
    expect(device.check).toMatchObject({ Status: 'critical', Output: 'TTL expired' });
  });

  law('is refreshed without an index, and written only when half its TTL is over', (device) => {
    const { lastIndex } = device.store;
    device.nowMs = startMs + ttlMs / 2;
    expect(device.register()).toMatchObject({ Index: lastIndex, Topics: [], DueAtMs: undefined });
    expect(device.times.ExpiresAtMs).toBe(startMs + 1.5 * ttlMs);
    device.nowMs += 1;
    expect(device.register()).toMatchObject({
      Index: lastIndex,
      Topics: [],
      DueAtMs: device.nowMs + 1.5 * ttlMs,
    });
    expect(device.times.ExpiresAtMs).toBe(device.nowMs + 1.5 * ttlMs);
  });

  law('says again what was last said before it expired', (device) => {
    device.say('warning', 'low battery');
    device.nowMs += 1.5 * ttlMs;
    device.expire();
    expect(device.check.Output).toBe('TTL expired (last output before timeout follows): low battery');
  });

  law('expires once', (device) => {
    device.nowMs += 1.5 * ttlMs;
    device.expire();
    const { lastIndex } = device.store;
    device.nowMs += ttlMs;
    expect(device.expire().Index).toBe(lastIndex);
  });

  law('comes back with the next word', (device) => {
    device.nowMs += 1.5 * ttlMs;
    device.expire();
    device.say('passing', 'here');
    expect(device.check).toMatchObject({ Status: 'passing', Output: 'here' });
    expect(device.times).toMatchObject({ CriticalSinceMs: null, ExpiresAtMs: device.nowMs + 1.5 * ttlMs });
  });

  law('evicts its service after it expired, if it was told to', (device) => {
    device.nowMs += 1.5 * ttlMs;
    expect(device.expire().DueAtMs).toBe(device.nowMs + 60_000);
    expect(device.store.checkTable.due()).toMatchObject([
      { ServiceID: 'sensor', CriticalSinceMs: device.nowMs },
    ]);
  });

  law('has nothing to expire while its owner says that it is critical', (device) => {
    device.say('critical', 'broken');
    expect(device.times.ExpiresAtMs).toBeNull();
  });

  law('is an ordinary check once it is registered without a TTL', (device) => {
    device.register({}, {});
    expect(device.times).toMatchObject({ TTLMs: null, ExpiresAtMs: null });
    expect(() => device.say('passing')).toThrow('Unknown check ID "alive"');
  });

  law('is known by its ID', (device) => {
    expect(() => device.say('passing', '', 'nope')).toThrow(
      'Unknown check ID "nope". Ensure that the check ID is passed, not the check name.',
    );
  });

  law('keeps as much of a note as an agent would', (device) => {
    device.say('passing', 'x'.repeat(checkOutputBytesMax));
    expect(device.check.Output).toBe('x'.repeat(checkOutputBytesMax));
    device.say('passing', `${'x'.repeat(checkOutputBytesMax - 1)}é`);
    expect(device.check.Output).toBe(
      `${'x'.repeat(checkOutputBytesMax - 1)} ... (captured 4096 of 4097 bytes)`,
    );
  });
});
