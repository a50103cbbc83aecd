/** What the platform can do at all: a Worker that asks an object over RPC for a constant, or for one SQL upsert. */
import { DurableObject } from 'cloudflare:workers';

export class Bare extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS kv (Key TEXT PRIMARY KEY, Value BLOB NOT NULL)');
    this.body = 'x'.repeat(Number(env.BODY_CHARS));
  }

  read() {
    return { Body: this.body, Index: 1 };
  }

  write(key, value) {
    this.ctx.storage.sql.exec(
      'INSERT INTO kv (Key, Value) VALUES (?, ?) ON CONFLICT (Key) DO UPDATE SET Value = excluded.Value',
      key,
      value,
    );
    return true;
  }
}

export default {
  async fetch(request, env) {
    const object = env.BARE.getByName('dc1');
    if (request.method === 'PUT') {
      const done = await object.write(
        new URL(request.url).pathname,
        new Uint8Array(await request.arrayBuffer()),
      );
      return new Response(JSON.stringify(done), { headers: { 'Content-Type': 'application/json' } });
    }
    const { Body } = await object.read();
    return new Response(Body, { headers: { 'Content-Type': 'application/json' } });
  },
};
