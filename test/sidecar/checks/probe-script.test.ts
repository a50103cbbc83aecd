import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { probeOsService } from '../../../sidecar/checks/probe-os-service.ts';
import { probeScript } from '../../../sidecar/checks/probe-script.ts';
import { aCheck, aRun, outcome } from './probe-context.ts';
import { aDirectory, aHangingFamily, isRunning } from './processes.ts';

const probe = (Args: string[], run = aRun()) => outcome(probeScript(aCheck({ Args }), run));
const sh = (script: string, run = aRun()) => probe(['sh', '-c', script], run);

test.each([
  ['exit 0', ['passing', '']],
  ['echo w; exit 1', ['warning', 'w\n']],
  ['echo c; exit 2', ['critical', 'c\n']],
  ['exit 255', ['critical', '']],
  ['echo k; kill -9 $$', ['critical', 'k\n']],
  ['for i in 1 2; do echo o$i; echo e$i >&2; done', ['passing', 'o1\ne1\no2\ne2\n']],
  ['echo e > /dev/stderr; echo o > /dev/stdout', ['passing', 'e\no\n']],
  ['cat', ['passing', '']],
])('%s', async (script, found) => {
  expect(await sh(script)).toEqual(found);
});

test('arguments reach the program as they are, without a shell', async () => {
  expect(await probe(['printf', '%s|', '$HOME', 'a b', '"'])).toEqual(['passing', '$HOME|a b|"|']);
});

test.each([
  ['no-such-program', 'exec: "no-such-program": executable file not found in $PATH'],
  ['/no/such/program', 'fork/exec /no/such/program: no such file or directory'],
  ['/etc/passwd', 'fork/exec /etc/passwd: permission denied'],
  ['a\0b', expect.stringContaining('null bytes')],
])('%s cannot be started', async (program, output) => {
  expect(await probe([program])).toEqual(['critical', output]);
});

test('where no pipe can be made, both outputs are collected all the same', async () => {
  vi.stubEnv('TMPDIR', '/no/such/directory');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await sh('echo o; exit 1')).toEqual(['warning', 'o\n']);
  expect(await sh('echo e >&2')).toEqual(['passing', 'e\n']);
});

test('4096 bytes are kept whole, of 4097 the last 4096', async () => {
  const print = (bytes: number) => sh(`printf A; head -c ${bytes - 1} /dev/zero | tr '\\0' x`);
  expect((await print(4096))[1]).toBe(`A${'x'.repeat(4095)}`);
  expect((await print(4097))[1]).toBe(`Captured 4096 of 4097 bytes\n...\n${'x'.repeat(4096)}`);
});

test('a script that prints without end costs no memory and is timed out', async () => {
  const before = process.memoryUsage().rss;
  const [status, output] = await sh('yes', aRun(500));
  expect(status).toBe('critical');
  expect(output).toMatch(/^Timed out \(500ms\) running check\n\nCaptured 4096 of \d{6,} bytes\n\.\.\.\n/);
  expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000);
});

test('a script that hangs is timed out and killed with all its children', async () => {
  const { script, pids } = aHangingFamily();
  const result = await probeScript(aCheck({ Args: ['sh', '-c', script] }), aRun(400));
  expect([result.Status, result.Output]).toEqual(['critical', 'Timed out (400ms) running check\n\nbefore\n']);
  await result.gone;
  await vi.waitFor(() => expect(pids().map(isRunning)).toEqual([false, false]), { timeout: 5000 });
});

test('a silent script says only that it was timed out', async () => {
  expect(await sh('sleep 60', aRun(100))).toEqual(['critical', 'Timed out (100ms) running check']);
});

test('a script counts as running while a child of it holds its output', async () => {
  expect(await sh('sleep 60 & echo done', aRun(300))).toEqual([
    'critical',
    'Timed out (300ms) running check\n\ndone\n',
  ]);
});

test('a run leaves no pipe and no open file behind', async () => {
  vi.stubEnv('TMPDIR', aDirectory());
  onTestFinished(() => void vi.unstubAllEnvs());
  await sh('true');
  const openFiles = () => readdirSync('/proc/self/fd').length;
  const before = openFiles();
  for (const script of ['echo o', 'exit 1', 'sleep 60']) await sh(script, aRun(100));
  await probe(['no-such-program']);
  await vi.waitFor(() => expect(openFiles()).toBe(before));
  expect(readdirSync(tmpdir())).toEqual([]);
});

/** Puts a program called systemctl before all others that prints `state` and ends with `exitCode`. */
function aSystemctl(script: string): void {
  const directory = aDirectory();
  const path = join(directory, 'systemctl');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  vi.stubEnv('PATH', `${directory}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}

test.each([
  ['echo active', 'passing', 'Service "sshd" is healthy'],
  ['echo inactive; exit 3', 'critical', 'service status: inactive - OS Service unhealthy'],
  ['echo failed; exit 3', 'critical', 'service status: failed - OS Service unhealthy'],
  [
    'echo "Invalid unit name" >&2; echo inactive; exit 3',
    'critical',
    'service status: inactive - OS Service unhealthy',
  ],
  ['echo active; echo failed', 'critical', 'service status: failed - OS Service unhealthy'],
  ['echo reloading', 'passing', 'Service "sshd" is healthy'],
  ['exit 3', 'warning', 'service status: no such unit'],
  ['echo activating; exit 3', 'warning', 'service status: activating'],
  ['echo "Failed to connect to bus" >&2; exit 1', 'warning', 'service status: Failed to connect to bus'],
  ['[ "$*" = "is-active -- sshd" ]', 'passing', 'Service "sshd" is healthy'],
  ['sleep 60', 'critical', 'Timed out (300ms) running check'],
])('systemctl that does %j is %s', async (script, status, output) => {
  aSystemctl(script);
  expect(await outcome(probeOsService(aCheck({ OSService: 'sshd' }), aRun(300)))).toEqual([status, output]);
});

test('a host without systemd does not know, which is a warning', async () => {
  vi.stubEnv('PATH', aDirectory());
  onTestFinished(() => void vi.unstubAllEnvs());
  const output = 'error querying service status: exec: "systemctl": executable file not found in $PATH';
  expect(await outcome(probeOsService(aCheck({ OSService: 'sshd' }), aRun()))).toEqual(['warning', output]);
});
