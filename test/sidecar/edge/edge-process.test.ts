import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { EdgeProcess, type EdgeProcessOptions } from '../../../sidecar/edge/edge-process.ts';
import { systemClock } from '../../../sidecar/system/clock.ts';
import { makeLogger } from '../../../sidecar/system/logger.ts';
import { closedPort } from '../checks/probe-context.ts';
import { aFolder } from '../scratch.ts';

/** An edge that says its token: starting it needs no build. */
const bundle = `export class Datacenter { fetch() { return new Response('datacenter'); } }
export class Directory { fetch() { return new Response('directory'); } }
export default { fetch: (_, env) => new Response(env.DATACENTER + ' ' + (env.ROLLCALL_TOKEN ?? 'open')) };\n`;

async function options(more: Partial<EdgeProcessOptions> = {}): Promise<EdgeProcessOptions> {
  const dir = aFolder();
  const bundlePath = join(dir, 'built.js');
  writeFileSync(bundlePath, bundle);
  const lines: string[] = [];
  return {
    dir,
    bundlePath,
    host: '127.0.0.1',
    port: await closedPort(),
    datacenter: 'dc7',
    advertise: '127.0.0.1:1',
    compatibilityDate: '2026-01-01',
    compatibilityFlags: [],
    open: false,
    tls: undefined,
    agent: undefined,
    token: 'secret-of-the-edge',
    clock: systemClock,
    logger: makeLogger(
      'edge',
      { level: 'warn', json: false, write: (line) => lines.push(line) },
      systemClock,
    ),
    died: () => undefined,
    ...more,
  };
}

async function start(more: Partial<EdgeProcessOptions> = {}) {
  const settings = await options(more);
  const edge = new EdgeProcess(settings);
  onTestFinished(() => edge.stop());
  await edge.start();
  return { edge, settings };
}

/** The processes whose command line names this folder. */
const processesOf = (dir: string): string[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir);
      } catch {
        return false;
      }
    });
const untilGone = (dir: string, timeout = 1000) =>
  vi.waitFor(() => expect(processesOf(dir)).toEqual([]), { timeout, interval: 10 });

test('serves once it has started, knows its token from nowhere on disk or in its arguments, and stops', async () => {
  const { edge, settings } = await start();
  expect(await (await fetch(edge.url)).text()).toBe('dc7 secret-of-the-edge');
  expect(execFileSync('ps', ['-eo', 'args']).toString()).not.toContain('secret-of-the-edge');
  expect(readFileSync(join(settings.dir, 'workerd.capnp'), 'utf8')).not.toContain('secret-of-the-edge');
  await edge.stop();
  expect(processesOf(settings.dir)).toEqual([]);
  await expect(fetch(edge.url)).rejects.toThrow();
  await edge.stop();
});

test('is told of when it dies, and can be started again in the same place', async () => {
  let reason = '';
  const { settings } = await start({
    died: (why) => {
      reason = why;
    },
  });
  const workerd = processesOf(settings.dir).find((pid) =>
    readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('workerd'),
  );
  process.kill(Number(workerd), 'SIGKILL');
  await vi.waitFor(() => expect(reason).toBe('ended with code 137'), { timeout: 3000 });
  await untilGone(settings.dir);
  const again = new EdgeProcess(settings);
  onTestFinished(() => again.stop());
  await again.start();
  expect((await fetch(again.url)).status).toBe(200);
});

test('stopping it is not dying', async () => {
  let died = false;
  const { edge } = await start({
    died: () => {
      died = true;
    },
  });
  await edge.stop();
  expect(died).toBe(false);
});

test('what does not start is told with what it said, and nothing is left', async () => {
  const settings = await options({ compatibilityDate: 'tomorrow' });
  const edge = new EdgeProcess(settings);
  await expect(edge.start()).rejects.toThrow(
    /^the edge \(workerd\) does not start: ended with code 1. It said: .*tomorrow/s,
  );
  await untilGone(settings.dir);
});

/** A program that starts an edge and waits to be killed. */
const starter = (settings: object) => {
  const module = (name: string) => JSON.stringify(new URL(`../../../sidecar/${name}`, import.meta.url).href);
  return `import { systemClock } from ${module('system/clock.ts')};
    import { EdgeProcess } from ${module('edge/edge-process.ts')};
    setInterval(() => {}, 1000);
    const edge = new EdgeProcess({ ...${JSON.stringify(settings)}, clock: systemClock, logger: console });
    await edge.start();
    console.log('started');`;
};

test('after a SIGKILL of whoever started it, it is gone within a second', async () => {
  const { clock, logger, died, ...settings } = await options();
  const script = starter(settings);
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  await new Promise((started) => parent.stdout.once('data', started));
  const config = join(settings.dir, 'workerd.capnp');
  expect(processesOf(config)).not.toEqual([]);
  parent.kill('SIGKILL');
  await untilGone(config);
});

test('a workerd that is deaf to SIGTERM is gone too, when whoever started it dies right after telling it to end', async () => {
  const { clock, logger, died, ...settings } = await options();
  const config = join(settings.dir, 'workerd.capnp');
  const deaf = join(settings.dir, 'deaf-workerd');
  writeFileSync(deaf, `#!/bin/sh\ntrap '' TERM\nexec tail -f "$2"\n`, { mode: 0o700 });
  const parent = spawn(process.execPath, ['--input-type=module', '-e', starter(settings)], {
    stdio: 'ignore',
    env: { ...process.env, ROLLCALL_WORKERD: deaf },
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [tail] = await vi.waitFor(
    () => {
      const running = processesOf(config).filter((pid) => nameOf(pid) === 'tail');
      expect(running).toHaveLength(1);
      return running;
    },
    { timeout: 5000, interval: 10 },
  );
  const shell = parentOf(tail!);
  onTestFinished(() => killGroup(shell));
  // Stopped, it cannot do what it would do next: see the shell end, and kill the group.
  parent.kill('SIGSTOP');
  process.kill(-shell, 'SIGTERM');
  await vi.waitFor(() => expect(processesOf(config)).not.toContain(String(shell)), {
    timeout: 1000,
    interval: 10,
  });
  expect(processesOf(config)).toContain(tail);
  parent.kill('SIGKILL');
  await untilGone(config);
});

const nameOf = (pid: string) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
const parentOf = (pid: string) =>
  Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It is gone, as it should be.
  }
}
