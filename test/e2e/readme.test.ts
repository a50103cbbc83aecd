/**
 * The story of the README, played as it is written: every block marked `story` is run in one shell, and what a `shows` block
 * prints under a command is what that command prints. Only ports differ (they are the system's own), times, and the order
 * of what DNS shuffles.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { nodePath, rollcallPath, root } from './agent.ts';
import { run } from './clients.ts';
import { freePort } from './ports.ts';
import { test } from './system-test.ts';
import { until } from './until.ts';

interface Step {
  command: string;
  /** Undefined: it does not matter what it prints. */
  prints: string[] | undefined;
}

const settleMs = 15_000;
const storyMs = 180_000;

const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The commands of the story in order; of a `shows` block, each with the lines that follow it. */
function storySteps(): Step[] {
  const blocks = readme.matchAll(
    /<!-- story: (run|shows) -->\n```\w+\n([\s\S]*?)```|<!-- story: teardown\n([\s\S]*?)-->/g,
  );
  return [...blocks].flatMap(([, kind, text = '', teardown]) => {
    if (teardown !== undefined) return [{ command: teardown, prints: undefined }];
    if (kind === 'run') return [{ command: text, prints: undefined }];
    return text.split(/^\$ /m).slice(1).map(shownStep);
  });
}

function shownStep(text: string): Step {
  const [command = '', ...prints] = text.trimEnd().split('\n');
  return { command, prints };
}

/** What may differ: times, the room between columns, and the order of lines. */
const comparable = (lines: string[]): string[] =>
  lines
    .map((line) =>
      line
        .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z/, 'TIME')
        .replace(/ +/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '')
    .sort();

test('the story of the README is what happens', { timeout: storyMs }, async ({ system }) => {
  const laptop = await system.makeAgent('laptop');
  laptop.flags = ['-dev'];
  await laptop.start();
  const { http, dns, server } = laptop.ports;
  const echo = await freePort();
  const withPorts = (text: string): string =>
    text
      .replaceAll('7007', String(echo))
      .replaceAll('-p 8600', `-p ${dns}`)
      .replaceAll(':8500', `:${http}`)
      .replaceAll('-retry-join=127.0.0.1', `-retry-join=127.0.0.1:${server}`)
      .replace(/-client=127\.0\.0\.(\d)/g, `-client=127.0.0.$1 -http-port=${http} -dns-port=${dns}`);
  const prelude = `rollcall() { '${nodePath}' '${rollcallPath}' "$@"; }; export CONSUL_HTTP_ADDR=127.0.0.1:${http}; cd '${system.dir}'\n`;
  const shell = (command: string) => run('bash', ['-c', prelude + withPorts(command)], system.env);

  for (const { command, prints } of storySteps()) {
    if (prints === undefined) {
      // What it leaves running in the background must not hold its output open.
      expect((await shell(`exec > /dev/null 2>&1\n${command}`)).code).toBe(0);
      continue;
    }
    const looksOnly = !/\bkill\b|\bsleep\b|\bleave\b/.test(command);
    // Longer than a command may take here.
    const [, pauseS = '0', rest = command] = /^sleep (\d+); (.*)$/s.exec(command) ?? [];
    await sleep(Number(pauseS) * 1_000);
    let printed = await shell(rest);
    const asWritten = () => comparable(printed.stdout.split('\n'));
    // A command that only looks may look again: the README says "within a check's interval".
    if (looksOnly)
      await until(
        `${command} prints what the README says`,
        async () => {
          printed = await shell(command);
          return JSON.stringify(asWritten()) === JSON.stringify(comparable(prints.map(withPorts)));
        },
        settleMs,
      ).catch(() => undefined);
    expect(asWritten(), `${command}\n${(await shell('tail -n 20 demo/*.log')).stdout}`).toEqual(
      comparable(prints.map(withPorts)),
    );
  }
});

test('the README has a story', () => {
  expect(storySteps().length).toBeGreaterThan(8);
});
