import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { directoryOf } from '../../../src/directory/directory.ts';

const directory = () => directoryOf(env.DIRECTORY);

it('lists what was entered, sorted, each once', async () => {
  expect(await directory().list()).toEqual([]);
  expect(await directory().enter('dc2')).toEqual(['dc2']);
  expect(await directory().enter('dc1')).toEqual(['dc1', 'dc2']);
  expect(await directory().enter('dc2')).toEqual(['dc1', 'dc2']);
});

it('keeps all names that are entered at once', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `at-once-${String(i).padStart(2, '0')}`);
  await Promise.all(names.map((name) => directory().enter(name)));
  expect(await directory().list()).toEqual([...names, 'dc1', 'dc2']);
});

it('remembers when it has left memory', async () => {
  await evictDurableObject(env.DIRECTORY.get(env.DIRECTORY.idFromName('directory')));
  expect(await directory().list()).toContain('dc2');
});
