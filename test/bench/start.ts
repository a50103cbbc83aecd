/** How long it takes from `npm start` to the first DNS answer, once everything is installed. */
import { root } from '../e2e/agent.ts';
import { dig } from '../e2e/clients.ts';
import { freePort } from '../e2e/ports.ts';
import { System } from '../e2e/system.ts';
import { until } from '../e2e/until.ts';
import { type ConsulAgent, spawnConsul } from './consul-agent.ts';
import { type Bench, type Figure, median } from './figure.ts';

const rounds = 3;
const firstAnswerSMax = 5;

export const start: Bench = {
  name: 'start',
  async measure() {
    const system = new System();
    try {
      const own: number[] = [];
      const consul: number[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        own.push(await firstAnswerS(() => npmStart(system, `npm-start-${round}`)));
        consul.push(await firstAnswerS(() => spawnConsul(system, `consul-${round}`)));
      }
      const compared = consul.every(Number.isFinite) ? { consul: median(consul) } : {};
      return [
        {
          name: 'npm start to the first DNS answer',
          value: median(own),
          unit: 's',
          atMost: firstAnswerSMax,
          ...compared,
        },
      ] satisfies Figure[];
    } finally {
      await system.stop();
    }
  },
};

type Started = Pick<ConsulAgent, 'program' | 'dnsPort'> | undefined;

async function npmStart(system: System, name: string): Promise<Started> {
  const dnsPort = await freePort();
  const ports = [
    `-dns-port=${dnsPort}`,
    `-http-port=${await freePort()}`,
    `-server-port=${await freePort()}`,
  ];
  const args = ['start', '--', '-node=n1', `-data-dir=${system.dir}/${name}`, ...ports];
  return { program: system.program({ name, command: 'npm', args, cwd: root }), dnsPort };
}

/** Not a number where there is nothing to start. */
async function firstAnswerS(spawn: () => Promise<Started>): Promise<number> {
  const startedAt = performance.now();
  const started = await spawn();
  if (!started) return Number.NaN;
  const server = { address: '127.0.0.1', port: started.dnsPort };
  await until('n1 is found', async () => (await dig(server, 'n1.node.consul')).answer.length === 1);
  const tookS = (performance.now() - startedAt) / 1000;
  started.program.signalGroup('SIGINT');
  await started.program.ended;
  return tookS;
}
