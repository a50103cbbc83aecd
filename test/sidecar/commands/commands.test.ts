import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentCommand } from '../../../sidecar/commands/agent.ts';
import { commands } from '../../../sidecar/commands/all.ts';
import { leaveCommand } from '../../../sidecar/commands/leave.ts';
import { membersCommand } from '../../../sidecar/commands/members.ts';
import { reloadCommand } from '../../../sidecar/commands/reload.ts';
import { usage } from '../../../sidecar/commands/usage.ts';
import { versionCommand } from '../../../sidecar/commands/version.ts';
import { consulVersion, version } from '../../../src/shared/version.ts';
import { closedPort } from '../checks/probe-context.ts';
import { startEdge } from '../http/an-edge.ts';
import { run } from './a-command.ts';

const golden = (name: string) => join(import.meta.dirname, `golden/${name}.txt`);

describe('help', () => {
  test('of all commands', async () => {
    await expect(usage(commands)).toMatchFileSnapshot(golden('help'));
  });

  const words = commands.map(({ name }) => [name]);
  const ofGroups = [
    ['catalog', 'datacenters'],
    ['catalog', 'nodes'],
    ['catalog', 'services'],
    ['kv', 'delete'],
    ['kv', 'export'],
    ['kv', 'get'],
    ['kv', 'import'],
    ['kv', 'put'],
    ['services', 'deregister'],
    ['services', 'register'],
    ['snapshot', 'inspect'],
    ['snapshot', 'restore'],
    ['snapshot', 'save'],
  ];

  test.each([...words, ...ofGroups])('of %s %s', async (name, ...rest) => {
    const command = commands.find((candidate) => candidate.name === name)!;
    for (const flag of ['-help', '--help', '-h']) {
      const { code, printed } = await run(command, ...rest, flag);
      expect(code).toBe(0);
      await expect(printed).toMatchFileSnapshot(golden(['help', name, ...rest].join('-')));
    }
  });
});

test('the version, for eyes and for programs', async () => {
  const text = `Rollcall v${version}\nSpeaks the interfaces of Consul ${consulVersion}\n`;
  expect(await run(versionCommand)).toEqual({ code: 0, printed: text });
  const { printed } = await run(versionCommand, '-format=json');
  expect(JSON.parse(printed)).toEqual({ Version: version, ConsulVersion: consulVersion });
});

const member = (
  Name: string,
  Status: number,
  role: string,
  dc = 'dc1',
  Addr = '10.0.0.1',
  build = '0.1.0',
) => ({
  Name,
  Addr,
  Port: 8301,
  Tags: { role, build, dc, id: 'x', segment: '', vsn: '2' },
  Status,
  ...{ ProtocolMin: 1, ProtocolMax: 5, ProtocolCur: 2, DelegateMin: 2, DelegateMax: 5, DelegateCur: 4 },
});

describe('members', () => {
  const members = [
    member('zeta', 1, 'node'),
    member('alpha', 4, 'node', 'dc1', '2001:db8::1'),
    member('a-long-name-of-a-host', 1, 'consul'),
    member('first', 1, 'node', 'dc0'),
    member('of-consul', 1, 'consul', 'dc1', '10.0.0.2', '1.22.0:abcdef'),
  ];
  const list = async (...flags: string[]) => {
    const agent = await startEdge();
    agent.answer = () => ({ body: JSON.stringify(members) });
    const result = await run(membersCommand, `-http-addr=${agent.url.origin}`, ...flags);
    return { ...result, asked: agent.asked };
  };

  test.each([
    ['standard', []],
    ['detailed', ['-detailed']],
    ['alive', ['-status=alive']],
    ['by-pattern', ['-status', '^a|^f']],
    ['by-a-part', ['-status', '(?i)ALIV']],
  ])('%s', async (name, flags) => {
    const { code, printed } = await list(...flags);
    expect(code).toBe(0);
    await expect(printed).toMatchFileSnapshot(golden(`members-${name}`));
  });

  test('as JSON are as the agent gave them', async () => {
    const { printed } = await list('-format=json', '-status=failed');
    expect(JSON.parse(printed)).toEqual([members[1]]);
  });

  test('that nobody is have a code of their own', async () => {
    expect(await list('-status=leaving')).toMatchObject({ code: 2, printed: '' });
  });

  test('by a pattern that is none', async () => {
    await expect(list('-status=(')).rejects.toThrow(
      'Failed to compile status regexp: error parsing regexp: missing closing ): `(`',
    );
  });

  test('are filtered by the agent', async () => {
    const { asked } = await list('-filter=Name == first');
    expect(asked).toMatchObject([{ path: '/v1/agent/members?segment=_all&filter=Name+%3D%3D+first' }]);
  });

  test('are asked for with the token and the datacenter', async () => {
    const { asked } = await list('-token=secret', '-datacenter=dc2', '-stale');
    expect(asked).toMatchObject([{ path: '/v1/agent/members?segment=_all&dc=dc2&stale', token: 'secret' }]);
  });
});

describe.each([
  ['reload', reloadCommand, 'Configuration reload triggered\n', 'Error reloading: '],
  ['leave', leaveCommand, 'Graceful leave complete\n', 'Error leaving: '],
])('%s', (name, command, done, failed) => {
  test('tells the agent', async () => {
    const agent = await startEdge();
    expect(await run(command, `-http-addr=${agent.url.origin}`)).toEqual({ code: 0, printed: done });
    expect(agent.asked).toMatchObject([{ method: 'PUT', path: `/v1/agent/${name}` }]);
  });

  test('says what the agent says', async () => {
    const agent = await startEdge();
    agent.answer = () => ({ status: 500, body: 'a fault in x.json\n' });
    await expect(run(command, `-http-addr=${agent.url.host}`)).rejects.toThrow(
      `${failed}Unexpected response code: 500 (a fault in x.json)`,
    );
  });

  test('says what to do when there is no agent', async () => {
    const address = `127.0.0.1:${await closedPort()}`;
    await expect(run(command, `-http-addr=${address}`)).rejects.toThrow(
      `${failed}the agent at http://${address} cannot be reached (connect ECONNREFUSED ${address}): is it running? Name ` +
        'another with -http-addr or CONSUL_HTTP_ADDR.',
    );
  });
});

test('a flag that does not exist is named', async () => {
  await expect(run(membersCommand, '-nope')).rejects.toThrow('-nope');
});

test('an agent takes no words beside its flags', async () => {
  await expect(run(agentCommand, 'start')).rejects.toThrow(
    'unexpected argument "start": flags begin with "-"',
  );
});
