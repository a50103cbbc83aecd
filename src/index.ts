/** The Worker's entry: requests, the cron trigger and the object classes. Wiring only. */
import { makeApp } from './app.ts';
import { compress } from './compress.ts';
import { datacenterNames, datacenterOf } from './datacenters.ts';
import type { Env } from './env.ts';
import { answerRepeated } from './repeated-reads.ts';

export { Datacenter } from './datacenter/datacenter.ts';
export { Directory } from './directory/directory.ts';

const app = makeApp();

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const repeated = answerRepeated(request, env);
    return (repeated && (await repeated)) ?? compress(request, await app.fetch(request, env, ctx));
  },

  /** Every minute: each datacenter evicts what is past its time. One that fails does not keep the others from it. */
  async scheduled(_controller, env) {
    const names = await datacenterNames(env);
    const passes = await Promise.allSettled(
      names.map(async (name) => (await datacenterOf(env, name)).reap()),
    );
    const failed = passes.find((pass) => pass.status === 'rejected');
    if (failed) throw failed.reason;
  },
} satisfies ExportedHandler<Env>;
