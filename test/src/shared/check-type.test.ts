import { expect, test } from 'vitest';
import { checkType } from '../../../src/shared/check-type.ts';

test.each([
  ['script', { Args: ['true'] }],
  ['docker', { DockerContainerID: 'c', Args: ['true'] }],
  ['http', { HTTP: 'http://127.0.0.1/' }],
  ['tcp', { TCP: '127.0.0.1:1' }],
  ['udp', { UDP: '127.0.0.1:1' }],
  ['grpc', { GRPC: '127.0.0.1:1' }],
  ['h2ping', { H2PING: '127.0.0.1:1' }],
  ['ttl', { TTLMs: 1 }],
  ['alias', { AliasService: 'web' }],
  ['alias', { AliasNode: 'n1' }],
  ['os_service', { OSService: 'sshd' }],
  ['maintenance', {}],
  ['maintenance', { Args: [], HTTP: '', TTLMs: 0, AliasNode: '' }],
])('%s: %o', (type, kind) => {
  const definition = { CheckID: 'c', Name: 'c', Notes: '', Status: '' as const, ServiceID: '', Token: '' };
  expect(checkType({ ...definition, ...kind })).toBe(type);
});
