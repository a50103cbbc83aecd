/** A self-hosted workerd with a storage folder of its own, for as long as a measurement takes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compatibilityDate, compatibilityFlags } from '../../../sidecar/edge/compatibility.ts';
import { workerdConfig } from '../../../sidecar/edge/workerd-config.ts';
import { root } from '../../e2e/agent.ts';
import { freePort } from '../../e2e/ports.ts';
import { until } from '../../e2e/until.ts';

export interface Served {
  url: string;
  pid: number;
  stop: () => Promise<void>;
}

/** The edge as it is built. */
export const serveEdge = () =>
  serve('dist/edge.js', (port, storageDir) =>
    workerdConfig({
      bundle: 'edge.js',
      storageDir,
      host: '127.0.0.1',
      port,
      datacenter: 'dc1',
      advertise: `127.0.0.1:${port}`,
      compatibilityDate,
      compatibilityFlags,
      open: true,
      tls: undefined,
    }),
  );

/** The bare Worker and object, whose constant answer has `bodyChars` characters. */
export const serveBare = (bodyChars: number) =>
  serve('test/bench/http/bare-edge.js', (port, storageDir) => bareConfig(port, storageDir, bodyChars));

async function serve(bundle: string, config: (port: number, storageDir: string) => string): Promise<Served> {
  const dir = mkdtempSync(join(tmpdir(), 'rollcall-bench-'));
  const port = await freePort();
  const storageDir = join(dir, 'storage');
  mkdirSync(storageDir);
  copyFileSync(join(root, bundle), join(dir, 'edge.js'));
  writeFileSync(join(dir, 'workerd.capnp'), config(port, storageDir));
  const workerd = join(root, 'node_modules/.bin/workerd');
  const child = spawn(workerd, ['serve', join(dir, 'workerd.capnp')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await until('workerd answers', async () => (await fetch(`${url}/v1/status/leader`)).ok);
  return { url, pid: child.pid!, stop: () => stop(child, dir) };
}

async function stop(child: ChildProcess, dir: string): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  rmSync(dir, { recursive: true });
}

const bareConfig = (
  port: number,
  storageDir: string,
  bodyChars: number,
) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "storage", disk = (path = ${JSON.stringify(storageDir)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "edge")],
);
const edge :Workerd.Worker = (
  modules = [(name = "edge.js", esModule = embed "edge.js")],
  compatibilityDate = "${compatibilityDate}",
  compatibilityFlags = ${JSON.stringify(compatibilityFlags)},
  bindings = [
    (name = "BODY_CHARS", text = "${bodyChars}"),
    (name = "BARE", durableObjectNamespace = "Bare"),
  ],
  durableObjectNamespaces = [(className = "Bare", uniqueKey = "bare", enableSql = true)],
  durableObjectStorage = (localDisk = "storage"),
);
`;
