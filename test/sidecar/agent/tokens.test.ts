import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentTokens, tokenKind } from '../../../sidecar/agent/tokens.ts';
import { KeptFile } from '../../../sidecar/system/kept-file.ts';
import { aFolder, fillDisk } from '../scratch.ts';
import { makeTestLogger } from '../test-logger.ts';

const aFile = () => new KeptFile<object>(join(aFolder(), 'tokens.json'), 1, makeTestLogger());

const configured = {
  default: 'd',
  agent: 'd',
  agentRecovery: '',
  configFileServiceRegistration: 'c',
  dns: 'd',
};

describe('the tokens of an agent', () => {
  it('are those of the configuration until others are set', () => {
    const tokens = new AgentTokens(() => configured, undefined);
    expect([tokens.get('agent'), tokens.get('agentRecovery')]).toEqual(['d', '']);
    tokens.set('agent', 'a');
    expect([tokens.get('agent'), tokens.get('default'), tokens.get('dns')]).toEqual(['a', 'd', 'd']);
  });

  it('follow the default token where the configuration names no other', () => {
    const tokens = new AgentTokens(() => configured, undefined);
    tokens.set('default', 'new');
    expect([
      tokens.get('dns'),
      tokens.get('configFileServiceRegistration'),
      tokens.get('agentRecovery'),
    ]).toEqual(['new', 'c', '']);
  });

  it('are there after a restart where they are kept', () => {
    const file = aFile();
    new AgentTokens(() => configured, file).set('agent', 'a');
    expect(new AgentTokens(() => configured, file).get('agent')).toBe('a');
  });

  it('stay as they were when they cannot be kept', () => {
    const file = aFile();
    const tokens = new AgentTokens(() => configured, file);
    fillDisk(file.path);
    expect(() => tokens.set('agent', 'a')).toThrow('ENOSPC');
    expect(tokens.get('agent')).toBe('d');
  });

  it.each([
    ['agent_master', 'agentRecovery'],
    ['acl_token', 'default'],
    ['acl_replication_token', 'unused'],
    ['bogus', undefined],
    ['constructor', undefined],
  ])('%s is %s', (name, kind) => expect(tokenKind(name)).toBe(kind));
});
