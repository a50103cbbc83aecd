/** Checks that run in containers, by a real engine. */
import { expect } from 'vitest';
import { dockerMissing, startDockerd } from './dockerd.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

interface Check {
  Status: string;
  Output: string;
}

const aCheck = (id: string, container: string, script: string, timeout = '5s') => ({
  ...{ id, name: id, docker_container_id: container, interval: '1s', timeout },
  args: ['busybox', 'sh', '-c', script],
});

const checks = [
  aCheck('passing', 'web', 'echo out; echo err >&2'),
  aCheck('warning', 'web', 'echo careful; exit 1'),
  aCheck('critical', 'web', 'exit 2'),
  aCheck('long', 'web', 'busybox seq 3000'),
  aCheck('absent', 'nobody', 'true'),
  aCheck('counts', 'web', 'echo >> /runs; busybox wc -l < /runs'),
  aCheck('hangs', 'web', 'echo before; busybox sleep 777; true', '500ms'),
  { ...aCheck('no-program', 'web', ''), args: ['no-such-program'] },
];

test.skipIf(dockerMissing)(
  'a check in a container is judged by its exit code, and by what the engine says',
  async ({ system }) => {
    const { host, docker, container } = await startDockerd(system);
    await container('web');
    const agent = await system.makeServer('host-a', { env: { DOCKER_HOST: host } });
    agent.declare('checks.json', { enable_local_script_checks: true, checks });
    await agent.start();
    const check = async (id: string) => (await agent.get<Record<string, Check>>('/v1/agent/checks'))[id]!;
    const becomes = (id: string, Status: string, Output: unknown) =>
      until(`${id} is ${Status}`, async () => {
        expect(await check(id)).toMatchObject({ Status, Output });
        return true;
      });

    // The engine reads two pipes, so which stream comes first is not said.
    await becomes('passing', 'passing', expect.stringMatching(/^(out\nerr|err\nout)\n$/));
    await becomes('warning', 'warning', 'careful\n');
    await becomes('critical', 'critical', '');
    await becomes(
      'long',
      'passing',
      expect.stringMatching(/^Captured 4096 of 13893 bytes\n\.{3}\n.*\n3000\n$/s),
    );
    await becomes('absent', 'critical', 'create exec failed for unknown container nobody');
    await becomes('no-program', 'critical', expect.stringContaining('executable file not found in $PATH'));

    await becomes('hangs', 'critical', 'Timed out (500ms) running check\n\nbefore\n');
    const runs = async () => Number((await check('counts')).Output);
    const before = await runs();
    await until('there was time to run it again', async () => (await runs()) >= before + 4);
    const left = (await docker('top', 'web', '-o', 'pid,args')).match(/ busybox sleep 777$/gm);
    expect(left).toHaveLength(1);

    await docker('pause', 'web');
    const paused = 'create exec failed since container web is paused or stopped';
    await becomes('passing', 'critical', paused);
    await docker('unpause', 'web');
    await becomes('passing', 'passing', expect.anything());
    await docker('rm', '--force', 'web');
    await becomes('passing', 'critical', 'create exec failed for unknown container web');
    await container('web');
    await becomes('passing', 'passing', expect.anything());
    await docker('rm', '--force', 'web');
  },
);
