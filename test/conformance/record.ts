/**
 * Records what a real Consul answers: starts the `consul` that is installed, afresh for each set, and writes the answers
 * beside the questions. `node_modules/.bin/node test/conformance/record.ts [SET…]`; without a name, all.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../e2e/ports.ts';
import { System } from '../e2e/system.ts';
import { until } from '../e2e/until.ts';
import { makeVerdict, placeRow } from './config/config-row.ts';
import { configRows, verdictsPath } from './config/rows.ts';
import { type Asking, askAll } from './dns/ask-all.ts';
import { writeJsonLines } from './json-lines.ts';
import { replay } from './replay.ts';
import { dnsSet, httpSets } from './sets.ts';

/** Found as a shell finds it. */
const consulCommand = 'consul';
const wanted = process.argv.slice(2);
const isWanted = ({ name }: { name: string }) => wanted.length === 0 || wanted.includes(name);

for (const { name, script, answersPath } of httpSets().filter(isWanted))
  await record(name, answersPath, ({ http }) => replay(script, http, name));
const names = dnsSet();
if (isWanted(names)) await record(names.name, names.answersPath, (asking) => askAll(names, asking));

if (isWanted({ name: 'config' })) recordVerdicts();

/** What `consul validate` makes of each set of files. */
function recordVerdicts(): void {
  const verdicts = configRows.map((row) => {
    const dir = mkdtempSync(join(tmpdir(), 'consul-validate-'));
    const { status, stdout, stderr } = spawnSync(consulCommand, ['validate', ...placeRow(row, dir)], {
      encoding: 'utf8',
    });
    rmSync(dir, { recursive: true });
    return makeVerdict(row.id, dir, status, stdout + stderr);
  });
  writeJsonLines(verdictsPath, verdicts);
  process.stdout.write(`${verdicts.length} verdicts -> ${verdictsPath}\n`);
}

async function record(
  name: string,
  path: string,
  ask: (consul: Asking) => Promise<{ id: string }[]>,
): Promise<void> {
  const system = new System();
  try {
    const consul = await startConsul(system, name);
    const answers = await ask(consul);
    // It has nothing to save, and some requests leave it unable to end.
    await consul.kill();
    writeJsonLines(path, answers);
    process.stdout.write(`${answers.length} answers -> ${path}\n`);
  } finally {
    await system.stop();
  }
}

/** As the answers are to be compared: one server in development mode, without mesh and gRPC. */
async function startConsul(system: System, node: string): Promise<Asking & { kill: () => Promise<void> }> {
  const [http, dns, server, lan, wan] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const ports = [`-http-port=${http}`, `-dns-port=${dns}`, `-server-port=${server}`, '-grpc-port=-1'];
  const gossip = [`-serf-lan-port=${lan}`, `-serf-wan-port=${wan}`];
  const settings = ['-hcl', 'connect { enabled = false }'];
  const args = ['agent', '-dev', `-node=${node}`, ...ports, ...gossip, ...settings];
  const consul = system.program({ name: 'consul', command: consulCommand, args });
  const url = new URL(`http://127.0.0.1:${http}`);
  await until(`Consul has elected itself, see ${join(system.dir, 'consul.log')}`, async () => {
    const nodes = await (await fetch(new URL('/v1/catalog/nodes', url))).text();
    return nodes.includes('lan_ipv4');
  });
  return { http: url, dnsPort: dns, kill: () => consul.kill() };
}
