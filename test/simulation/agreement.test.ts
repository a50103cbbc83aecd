import { beforeEach, expect, test, vi } from 'vitest';
import { loadEdgeCode } from './edge.ts';
import { silenceEdgeLog } from './runtime.ts';
import { World } from './world.ts';

vi.mock('ws', async () => ({ WebSocket: (await import('./network.ts')).SimulatedSocket }));
vi.mock('cloudflare:workers', async () => (await import('./runtime.ts')).simulatedWorkers);
vi.mock('../../src/datacenter/clock.ts', async () => (await import('./runtime.ts')).simulatedEdgeClock);
vi.mock('../../sidecar/system/durable-file.ts', async () => (await import('./runtime.ts')).makeDisk());

const steps = 400;
const storyLinesMax = 80;
/** ROLLCALL_SIMULATION_SEED plays one seed again, ROLLCALL_SIMULATIONS as many as it says. */
const firstSeed = Number(process.env.ROLLCALL_SIMULATION_SEED ?? 1);
const seedCount = Number(process.env.ROLLCALL_SIMULATIONS ?? (process.env.ROLLCALL_SIMULATION_SEED ? 1 : 40));
const seeds = Array.from({ length: seedCount }, (_, i) => firstSeed + i);

beforeEach(silenceEdgeLog);

test.each(seeds)('seed %i: what hosts declare, the catalog and every copy agree in the end', async (seed) => {
  const world = new World(seed, await loadEdgeCode());
  try {
    await world.live(steps);
    await world.quiet();
    world.assertAgreement();
    expect(world.story.length).toBeGreaterThan(steps / 4);
  } catch (error) {
    const story = world.story.slice(-storyLinesMax).join('\n');
    throw new Error(`seed ${seed}: ${(error as Error).message}\n${story}`, { cause: error });
  } finally {
    world.stop();
  }
});
