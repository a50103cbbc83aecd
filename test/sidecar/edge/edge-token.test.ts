import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { edgeToken } from '../../../sidecar/edge/edge-token.ts';
import { aFolder } from '../scratch.ts';

test('a token is made once, kept for its owner only, and another for another edge', () => {
  const dir = aFolder();
  const token = edgeToken(dir, '');
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect([edgeToken(dir, ''), readFileSync(join(dir, 'token'), 'utf8')]).toEqual([token, `${token}\n`]);
  expect(statSync(join(dir, 'token')).mode & 0o777).toBe(0o600);
  expect(edgeToken(aFolder(), '')).not.toBe(token);
});

test('a configured token takes its place, and stays when it is no longer configured', () => {
  const dir = aFolder();
  edgeToken(dir, '');
  expect([edgeToken(dir, 'configured'), edgeToken(dir, '')]).toEqual(['configured', 'configured']);
});
