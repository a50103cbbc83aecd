/** Starts an edge and waits to be killed: `start-edge.ts DIR BUNDLE PORT`. */
import { systemClock } from '../../../sidecar/clock.ts';
import { EdgeProcess } from '../../../sidecar/edge/edge-process.ts';
import { makeLogger } from '../../../sidecar/logger.ts';

const [dir, bundlePath, port] = process.argv.slice(2);
const edge = new EdgeProcess({
  dir: dir!,
  bundlePath: bundlePath!,
  host: '127.0.0.1',
  port: Number(port),
  datacenter: 'dc1',
  advertise: `127.0.0.1:${port}`,
  compatibilityDate: '2026-01-01',
  compatibilityFlags: [],
  open: true,
  token: '',
  clock: systemClock,
  logger: makeLogger('edge', { level: 'error', json: false, write: () => undefined }, systemClock),
  died: () => undefined,
});
const alive = setInterval(() => undefined, 60_000);
await edge.start();
process.stdout.write('started\n');
process.once('exit', () => clearInterval(alive));
