/** The document and the routes say the same: each endpoint that is mounted is described, and nothing else is. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { makeApp } from '../../../src/app.ts';
import { makeDocument } from '../../../src/openapi/document.ts';
import { edgeEndpoints } from '../../../src/openapi/edge-endpoints.ts';
import { mountedPath } from '../../../src/openapi/endpoint-table.ts';
import { EdgeHttp } from '../edge-http.ts';

const app = makeApp();

/** Paths of endpoints, without what all requests pass and the rest of /v1/agent, which is refused. */
const mounted = app.routes
  .map(({ path }) => path)
  .filter((path) => !['/', '/', '/*', '/v1/*', '/v1/agent/*'].includes(path));

describe('the endpoints of the edge', () => {
  it('are those of the document', () => {
    expect([...new Set(mounted)].sort()).toEqual(edgeEndpoints.map(mountedPath).sort());
  });

  it.each(edgeEndpoints.map((endpoint) => [endpoint.path, endpoint] as const))(
    '%s has its methods',
    async (path, endpoint) => {
      const url = `http://127.0.0.1${path.replace(/\{[^}]+\}/, 'name')}`;
      const response = await app.request(url, { method: 'OPTIONS' }, env);
      const methods = response.headers.get('Allow')!.split(',').slice(1);
      expect(methods).toEqual(Object.keys(endpoint.operations));
    },
  );
});

interface Node {
  [key: string]: unknown;
}

describe('the document', () => {
  const document = makeDocument() as unknown as Node;

  it('is served as OpenAPI 3.1', async () => {
    const edge = await EdgeHttp.of('openapi');
    expect(await edge.get('/v1/openapi.json')).toEqual(JSON.parse(JSON.stringify(document)));
    expect(document.openapi).toBe('3.1.0');
  });

  it('refers only to what it has', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, ref]) => ref!);
    expect(refs.length).toBeGreaterThan(100);
    for (const ref of new Set(refs)) {
      const found = ref.split('/').reduce<unknown>((at, key) => (at as Node)?.[key], document);
      expect(found, ref).toBeDefined();
    }
  });

  it('gives each operation a name of its own', () => {
    const ids = [...JSON.stringify(document).matchAll(/"operationId":"([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('getV1KvKey');
  });

  it('describes a body by the shape that reads it', () => {
    const { schemas } = document.components as { schemas: Record<string, Node> };
    expect(schemas.KVTxnOp?.properties).toMatchObject({
      Key: { type: 'string' },
      Value: { contentEncoding: 'base64' },
      Flags: { type: 'integer', minimum: 0 },
    });
    expect(schemas.KVTxnOp?.additionalProperties).toBe(false);
    expect(schemas.SessionRequest?.additionalProperties).toBeUndefined();
    expect(schemas.RegisterRequest?.properties).toMatchObject({
      Service: { $ref: '#/components/schemas/NodeService' },
      Checks: { type: 'array', items: { $ref: '#/components/schemas/HealthCheck' } },
      NodeMeta: { additionalProperties: { type: 'string' } },
    });
  });
});
