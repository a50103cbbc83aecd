/** /v1/query over HTTP; answers and errors are those of Consul 1.8.7. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the language of templates
import { describe, expect, it } from 'vitest';
import { askingNodeHeader, sortedHeader } from '../../../src/shared/asking-node.ts';
import { EdgeHttp, type HttpCase, runCase } from '../edge-http.ts';

const unknownId = '11111111-0000-4000-8000-0000000000ff';
const web = { Name: 'q', Service: { Service: 'web' } };
const noUuid = 'failed prepared query lookup: index error: UUID must be 36 characters';

const refusal = (body: object | string, text: string): HttpCase['exchanges'][number] => [
  'POST /v1/query',
  body,
  500,
  text,
];

const cases: HttpCase[] = [
  {
    law: 'a query that is invalid',
    exchanges: [
      ['POST /v1/query', '', 400, 'Request decode failed: EOF'],
      ['POST /v1/query', '{', 400, 'Request decode failed: unexpected EOF'],
      ['POST /v1/query', { ...web, Nope: 1 }, 400, 'Request decode failed: json: unknown field "Nope"'],
      [
        'POST /v1/query',
        { Service: 5 },
        400,
        'Request decode failed: json: cannot unmarshal number into Go struct field PreparedQuery.Service of type structs.ServiceQuery',
      ],
      [
        'POST /v1/query',
        { Service: { Near: 5 } },
        400,
        'Request decode failed: json: cannot unmarshal number into Go struct field ServiceQuery.Service.Near of type string',
      ],
      refusal({ ...web, ID: unknownId }, 'ID must be empty when creating a new prepared query'),
      refusal({}, 'Invalid prepared query: Must be bound to a session'),
      refusal({ Name: 'q' }, 'Invalid prepared query: Must provide a Service name to query'),
      refusal(
        { ...web, Service: { Service: 'x', Failover: { NearestN: -1 } } },
        "Invalid prepared query: Bad NearestN '-1', must be >= 0",
      ),
      refusal(
        { ...web, Service: { Service: 'x', NodeMeta: { 'a b': 'x' } } },
        "Invalid prepared query: Couldn't load metadata pair ('a b', 'x'): Key contains invalid characters",
      ),
      refusal(
        { ...web, DNS: { TTL: 'abc' } },
        `Invalid prepared query: Bad DNS TTL 'abc': time: invalid duration "abc"`,
      ),
      refusal({ ...web, DNS: { TTL: '-1s' } }, "Invalid prepared query: DNS TTL '-1000000000', must be >=0"),
      refusal(
        { ...web, Token: '<hidden>' },
        "Invalid prepared query: Bad Token '<hidden>', it looks like a query definition with a redacted token was submitted",
      ),
      refusal({ ...web, Session: unknownId }, `invalid session "${unknownId}"`),
      refusal({ ...web, Session: 'bla' }, 'invalid session: index error: UUID must be 36 characters'),
      ['GET /v1/query', undefined, 200, '[]'],
    ],
  },
  {
    law: 'a name is taken once, in any letter case',
    exchanges: [
      ['POST /v1/query', web, 200, {}],
      refusal({ ...web, Name: 'Q' }, "name 'Q' aliases an existing query name"),
      ['POST /v1/query', { ...web, Name: '', Template: { Type: 'name_prefix_match' } }, 200, {}],
      refusal(
        { ...web, Name: '', Template: { Type: 'name_prefix_match' } },
        'a query template with an empty name already exists',
      ),
    ],
  },
  {
    law: 'a query that is not there',
    exchanges: [
      [`GET /v1/query/${unknownId}`, undefined, 404, 'Query not found'],
      ['GET /v1/query/foo', undefined, 500, noUuid],
      ['GET /v1/query/foo/execute', undefined, 404, 'Query not found'],
      ['GET /v1/query/foo/explain', undefined, 404, 'Query not found'],
      ['PUT /v1/query/foo', web, 500, `Prepared Query lookup failed: ${noUuid}`],
      ['DELETE /v1/query/foo', undefined, 500, `Prepared Query lookup failed: ${noUuid}`],
      [`PUT /v1/query/${unknownId}`, {}, 500, `Cannot modify non-existent prepared query: '${unknownId}'`],
      [
        `DELETE /v1/query/${unknownId}`,
        undefined,
        500,
        `Cannot modify non-existent prepared query: '${unknownId}'`,
      ],
      ['POST /v1/query/foo/execute', undefined, 405, 'method POST not allowed'],
      ['POST /v1/query/foo', undefined, 405, 'method POST not allowed'],
    ],
  },
];

interface Executed {
  Service: string;
  Nodes: { Node: { Node: string } }[];
  Datacenter: string;
  Failovers: number;
}

async function makeQuery(edge: EdgeHttp, service: object, rest: object = {}): Promise<string> {
  const { status, body } = await edge.ask('POST /v1/query', {
    Name: 'q',
    Service: { Service: 'web', ...service },
    ...rest,
  });
  expect(status, body).toBe(200);
  return JSON.parse(body).ID;
}

const nodesOf = ({ Nodes }: Executed) => Nodes.map(({ Node }) => Node.Node);

/** Three instances: n1 passes, n2 warns, n3 is critical. */
async function catalogOf(law: string): Promise<EdgeHttp> {
  const edge = await EdgeHttp.of(law);
  for (const [i, Status] of ['passing', 'warning', 'critical'].entries())
    await edge.register(`n${i + 1}`, {
      Address: `10.0.0.${i + 1}`,
      NodeMeta: { rack: String(i + 1) },
      Service: { Service: 'web', Tags: [`v${i + 1}`, 'All'], Meta: { row: String(i + 1) } },
      Check: { CheckID: 'c', Name: 'c', Status, ServiceID: 'web' },
    });
  return edge;
}

describe('prepared queries', () => {
  it.each(cases)('$law', runCase);

  it('are made, read, changed and deleted', async () => {
    const edge = await EdgeHttp.of('query life');
    const id = await makeQuery(edge, {});
    const index = await edge.indexOf('/v1/query');
    const [made] = await edge.get<object[]>(`/v1/query/${id}`);
    expect(made).toEqual({
      ID: id,
      Name: 'q',
      Session: '',
      Token: '',
      Template: { Type: '', Regexp: '', RemoveEmptyTags: false },
      Service: {
        Service: 'web',
        Failover: { NearestN: 0, Datacenters: null },
        OnlyPassing: false,
        IgnoreCheckIDs: null,
        Near: '',
        Tags: null,
        NodeMeta: null,
        ServiceMeta: null,
        Connect: false,
      },
      DNS: { TTL: '' },
      CreateIndex: index,
      ModifyIndex: index,
    });
    await edge.exchange([`PUT /v1/query/${id}`, { Name: 'r', Service: { Service: 'db' } }, 200, '']);
    await edge.exchange([
      'GET /v1/query',
      undefined,
      200,
      [{ Name: 'r', CreateIndex: index, ModifyIndex: index + 1 }],
    ]);
    await edge.exchange([`DELETE /v1/query/${id}`, undefined, 200, '']);
    await edge.exchange(['GET /v1/query', undefined, 200, '[]']);
    expect(await edge.indexOf('/v1/query')).toBe(index + 2);
  });

  it('end with the session they are bound to', async () => {
    const edge = await EdgeHttp.of('query session');
    await edge.register('n1');
    const session = await edge.session('n1');
    await makeQuery(edge, {}, { Name: '', Session: session });
    expect(await edge.get('/v1/query')).toHaveLength(1);
    await edge.ask(`PUT /v1/session/destroy/${session}`);
    expect(await edge.get('/v1/query')).toEqual([]);
  });

  it.each([
    { service: {}, gives: ['n1', 'n2'] },
    { service: { OnlyPassing: true }, gives: ['n1'] },
    { service: { OnlyPassing: true, IgnoreCheckIDs: ['c'] }, gives: ['n1', 'n2', 'n3'] },
    { service: { Tags: ['ALL'] }, gives: ['n1', 'n2'] },
    { service: { Tags: ['all', '!V1'] }, gives: ['n2'] },
    { service: { Tags: ['v1', 'v2'] }, gives: [] },
    { service: { NodeMeta: { rack: '2' } }, gives: ['n2'] },
    { service: { NodeMeta: { rack: '2', nope: '' } }, gives: [] },
    { service: { ServiceMeta: { row: '1' } }, gives: ['n1'] },
    { service: { Connect: true }, gives: [] },
  ])('with $service give $gives', async ({ service, gives }) => {
    const edge = await catalogOf(`query ${JSON.stringify(service)}`);
    await makeQuery(edge, service);
    expect(nodesOf(await edge.get<Executed>('/v1/query/q/execute')).sort()).toEqual(gives);
  });

  it.each([
    { near: 'n2', query: '', agent: '', first: 'n2' },
    { near: '', query: 'near=N2', agent: '', first: 'n2' },
    { near: 'n1', query: 'near=n2', agent: '', first: 'n2' },
    { near: '_agent', query: '', agent: 'n2', first: 'n2' },
    { near: '', query: 'near=_agent', agent: 'n1', first: 'n1' },
    { near: '_ip', query: '', agent: '', first: 'n2' },
  ])('near "$near" by "$query" at "$agent" begin with $first', async ({ near, query, agent, first }) => {
    const edge = await catalogOf(`query near ${near} ${query} ${agent}`);
    await makeQuery(edge, { Near: near });
    const headers = { [askingNodeHeader]: agent, 'X-Forwarded-For': '10.0.0.2, 10.0.0.1' };
    for (let again = 0; again < 5; again++) {
      const answer = await edge.ask(`GET /v1/query/q/execute?${query}&limit=1`, undefined, headers);
      expect(nodesOf(JSON.parse(answer.body))).toEqual([first]);
      expect(answer.headers.get(sortedHeader)).toBe('true');
    }
  });

  it('near a node follow the coordinates', async () => {
    const edge = await catalogOf('query coordinates');
    await edge.register('here');
    const place = (Node: string, x: number, Height = 0) =>
      edge.ask('PUT /v1/coordinate/update', {
        Node,
        Coord: { Vec: [x, 0, 0, 0, 0, 0, 0, 0], Error: 1, Adjustment: 0, Height },
      });
    await place('here', 0);
    await place('n1', 0.2);
    await place('n2', 0.1);
    await makeQuery(edge, { Near: 'here', OnlyPassing: false });
    expect(nodesOf(await edge.get<Executed>('/v1/query/q/execute'))).toEqual(['n2', 'n1']);
    // Of what is said to be nearer than the node itself, Consul believes nothing.
    await makeQuery(edge, { Near: 'n1', OnlyPassing: false }, { Name: 'high' });
    await place('n1', 0.1, 0.5);
    expect(nodesOf(await edge.get<Executed>('/v1/query/high/execute'))).toEqual(['n1', 'n2']);
  });

  it('are shuffled when nothing is to be near', async () => {
    const edge = await catalogOf('query shuffled');
    await makeQuery(edge, {});
    const firsts = new Set<string>();
    for (let again = 0; again < 60; again++)
      firsts.add(nodesOf(await edge.get<Executed>('/v1/query/q/execute'))[0]!);
    expect(firsts).toEqual(new Set(['n1', 'n2']));
  });

  it.each([
    { limit: '', count: 2 },
    { limit: '1', count: 1 },
    { limit: '0', count: 2 },
    { limit: '-1', count: 2 },
  ])('with limit "$limit" give $count', async ({ limit, count }) => {
    const edge = await catalogOf(`query limit ${limit}`);
    await makeQuery(edge, {});
    const { Nodes } = await edge.get<Executed>(`/v1/query/q/execute?limit=${limit}`);
    expect(Nodes).toHaveLength(count);
    await edge.exchange([
      'GET /v1/query/q/execute?limit=abc',
      undefined,
      500,
      'Bad limit: strconv.Atoi: parsing "abc": invalid syntax',
    ]);
  });

  it('are found by ID, by name and by the longest prefix', async () => {
    const edge = await EdgeHttp.of('query lookup');
    const Template = { Type: 'name_prefix_match', Regexp: '-(.*)$' };
    const id = await makeQuery(edge, {}, { Name: 'a-b' });
    const any = await makeQuery(edge, { Service: 'any' }, { Name: '', Template });
    await makeQuery(edge, { Service: 'a' }, { Name: 'a', Template });
    await makeQuery(edge, { Service: 'a-${match(1)}' }, { Name: 'a-', Template });
    const serviceOf = async (name: string) => (await edge.get<Executed>(`/v1/query/${name}/execute`)).Service;
    expect(await Promise.all([id, 'A-b', 'a-c', 'ax', 'zzz'].map(serviceOf))).toEqual([
      'web',
      'web',
      'a-c',
      'a',
      'any',
    ]);
    await edge.exchange([
      `GET /v1/query/${any}/execute`,
      undefined,
      500,
      'prepared query templates can only be resolved up by name, not by ID',
    ]);
    await edge.exchange([
      'GET /v1/query/a-c/explain',
      undefined,
      200,
      { Query: { Service: { Service: 'a-c' } } },
    ]);
  });
});

describe('failover', () => {
  it.each([
    { law: 'to a datacenter that has instances', failover: ['full'], at: 'full', tried: 1 },
    { law: 'in the order given', failover: ['empty', 'full'], at: 'full', tried: 2 },
    { law: 'passes over what is unknown', failover: ['nowhere', 'full'], at: 'full', tried: 1 },
    { law: 'that finds nothing says where it ended', failover: ['empty'], at: 'empty', tried: 1 },
    { law: 'of none stays at home', failover: [], at: 'home', tried: 0 },
  ])('$law', async ({ law, failover, at, tried }) => {
    const home = await EdgeHttp.of(`failover ${law}`);
    const full = await EdgeHttp.of('full');
    const { datacenter: empty } = await EdgeHttp.of('empty');
    const names: Record<string, string> = { home: home.datacenter, full: full.datacenter, empty };
    await full.register('away', { Service: { Service: 'web' } });
    await makeQuery(home, { Failover: { Datacenters: failover.map((name) => names[name] ?? name) } });
    const { Datacenter, Failovers, Nodes } = await home.get<Executed>('/v1/query/q/execute');
    expect({ Datacenter, Failovers }).toEqual({ Datacenter: names[at], Failovers: tried });
    expect(Nodes).toHaveLength(at === 'full' ? 1 : 0);
  });

  it('by targets and to the nearest', async () => {
    const home = await EdgeHttp.of('zz-home');
    const first = await EdgeHttp.of('0-first');
    await first.register('away', { Service: { Service: 'web' } });
    await makeQuery(home, { Failover: { NearestN: 1, Targets: [{ Datacenter: 'nowhere' }] } });
    const Datacenter = first.datacenter;
    expect(await home.get<Executed>('/v1/query/q/execute')).toMatchObject({ Datacenter, Failovers: 1 });
    const target = await EdgeHttp.of('by target');
    await makeQuery(target, { Failover: { Targets: [{ Datacenter }] } });
    expect(await target.get<Executed>('/v1/query/q/execute')).toMatchObject({ Datacenter, Failovers: 1 });
  });
});
