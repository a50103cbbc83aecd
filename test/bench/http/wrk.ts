/** `wrk` with 32 connections: requests answered in a second. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../e2e/clients.ts';

const connections = 32;

/** @throws when an answer was none: the figure would mean nothing. */
export async function requestsPerSecond(url: string, seconds: number, script?: string): Promise<number> {
  const load = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`];
  const { stdout } = await run('wrk', [...load, ...(script ? ['-s', scriptFile(script)] : []), url]);
  const perSecond = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1];
  if (!perSecond || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`${url}: ${stdout}`);
  return Number(perSecond);
}

/** Writes in turn to a thousand keys, each time another value. */
export const writes = `
local i = 0
request = function()
  i = i + 1
  return wrk.format("PUT", "/v1/kv/bench/" .. (i % 1000), nil, "value-" .. i)
end
`;

function scriptFile(text: string): string {
  const path = join(tmpdir(), `rollcall-bench-${process.pid}.lua`);
  writeFileSync(path, text);
  return path;
}
