/** What the sidecar mounts is what the OpenAPI document says that a host answers itself. */
import { describe, expect, it } from 'vitest';
import { endpoints } from '../../../src/openapi/document.ts';
import { mountedPath } from '../../../src/openapi/endpoint-table.ts';
import { makeTestAgent } from './agent-fixture.ts';

/** No request here comes to where the agent is asked. */
const { app } = makeTestAgent();
const ofHost = endpoints.filter(({ servedBy }) => servedBy !== 'edge');
const mounted = app.routes
  .map(({ path }) => path)
  .filter((path) => !['/', '/*', '/v1/agent/*'].includes(path));

describe('the endpoints of a host', () => {
  it('are those of the document', () => {
    expect([...new Set(mounted)].sort()).toEqual(ofHost.map(mountedPath).sort());
  });

  it.each(ofHost.map((endpoint) => [endpoint.path, endpoint] as const))(
    '%s has its methods',
    async (path, endpoint) => {
      const url = `http://127.0.0.1${path.replace(/\{[^}]+\}/, 'name')}`;
      const { headers } = await app.request(url, { method: 'OPTIONS' });
      expect(headers.get('Allow')!.split(',').slice(1)).toEqual(Object.keys(endpoint.operations));
    },
  );
});
