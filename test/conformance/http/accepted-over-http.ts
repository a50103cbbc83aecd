/**
 * Where we rightly differ from Consul 1.8.7. "Newer" is what the newest Consul answers, by its documentation and source: when
 * one is recorded again with that version, its row is unused and goes.
 */
import { type Accepted, anything } from '../accepted.ts';

const newerEverywhere: Accepted[] = [
  {
    why: 'newer: every answer says what happens without a token',
    now: { 'headers.x-consul-default-acl-policy': 'allow' },
  },
  {
    why: 'newer: every read tells how it was answered',
    now: { 'headers.x-consul-query-backend': 'blocking-query' },
  },
  {
    why: 'newer: an agent shows the datacenter of its services',
    requests: /GET \/v1\/agent\/(service|health)/,
    now: {
      'body.Datacenter': 'dc1',
      'body.Service.Datacenter': 'dc1',
      'body[].Service.Datacenter': 'dc1',
      ...Object.fromEntries(
        ['api', 'hello-1', 'hello-2', 'http-1', 'snake', 'tcp-1', 'r', 'we b/x'].map((id) => [
          `body.${id}.Datacenter`,
          'dc1',
        ]),
      ),
    },
  },
];

const newerAnswers: Accepted[] = [
  {
    why: 'newer: an unknown path is told so, and every answer is said to depend on what the client takes',
    requests: /./,
    now: {
      text: /^Invalid URL path: (not a recognized HTTP API endpoint|if attempting to use the HTTP API, ensure the path starts with '\/v1\/')\n$/,
      'headers.vary': 'Accept-Encoding',
    },
  },
  {
    why: 'newer: an unknown path is told so, in plain text',
    requests:
      /unknown|\/bogus|leader\/|%2[fF]|(GET \/v1\/(catalog|health|agent|status)?\/?|\/(nodes|list|create|register|txn)\/|nodes\/x|Catalog\/nodes|namespaces?(\/x)?|\/v1|\/v2\/kv|\/favicon.ico)$/,
    now: { 'headers.content-type': 'text/plain; charset=utf-8' },
  },
  {
    why: 'newer: a filter that cannot be read is the fault of who sent it',
    requests: /\?filter=/,
    now: { status: 400 },
  },
  {
    why: 'newer: an agent says 404 to a check that it does not have',
    requests: [
      'agent: PUT /v1/agent/check/update/none',
      'agent: PUT /v1/agent/check/pass/none',
      'agent: PUT /v1/agent/check/pass/service:tcp-1',
      'agent: PUT /v1/agent/check/deregister/none',
      'check: PUT /v1/agent/check/fail/K1',
      'check: PUT /v1/agent/check/pass/serfHealth',
      'check: PUT /v1/agent/check/pass/',
      'check: PUT /v1/agent/check/deregister/',
    ],
    now: {
      status: 404,
      text: /^Unknown check ID "[^"]*"\. Ensure that the check ID is passed, not the check name\.$/,
      'headers.content-type': 'text/plain; charset=utf-8',
    },
  },
  {
    why: 'newer: an agent says 404 to a service that it does not have',
    requests: [
      'agent: PUT /v1/agent/service/deregister/none',
      'deregister: PUT /v1/agent/service/deregister/',
    ],
    now: {
      status: 404,
      text: /^Unknown service ID "[^"]*"\. Ensure that the service ID is passed, not the service name\.$/,
      'headers.content-type': 'text/plain; charset=utf-8',
    },
  },
  {
    why: 'newer: a check of an unknown service is 404',
    requests: ['agent: PUT /v1/agent/check/register #3'],
    now: { status: 404 },
  },
  {
    why: 'newer: names the kinds of checks that came since',
    requests: [
      'agent: PUT /v1/agent/check/register #8',
      'service: PUT /v1/agent/service/register #39',
      'check: PUT /v1/agent/check/register #8',
    ],
    now: {
      text: 'Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks',
    },
  },
  {
    why: 'newer: an error does not begin with "Bad request"',
    requests: /./,
    now: { text: (recorded) => recorded.replace(/^Bad request: /, '') },
  },
  {
    why: 'newer: what is missing in the path is the fault of who sent it',
    requests: [
      'service: GET /v1/agent/health/service/id/',
      'service: GET /v1/agent/health/service/name/',
      'store-rest: GET /v1/config/bogus',
      'store-rest: GET /v1/config/bogus/x',
    ],
    now: { status: 400 },
  },
  {
    why: 'newer: what is asked for as text is text',
    requests: ['service: GET /v1/agent/health/service/id/none?format=text'],
    now: { 'headers.content-type': 'text/plain', body: undefined, text: 'ServiceId none not found' },
  },
  {
    why: 'newer: a check says how often it runs',
    requests: ['register: PUT /v1/catalog/register #21'],
    now: { status: 200, text: undefined, body: true, 'headers.content-type': 'application/json' },
  },
  {
    why: 'newer: no services are an empty list',
    requests: ['catalog: GET /v1/catalog/node-services/none'],
    now: { 'body.Services': [] },
  },
  {
    why: 'newer: a transaction deletes sessions',
    requests: ['store-txn: PUT /v1/txn #45'],
    now: {
      status: 200,
      text: undefined,
      body: { Errors: null, Results: [] },
      'headers.content-type': 'application/json',
    },
  },
  {
    why: 'newer: the failover of a query is a type of its own',
    requests: ['store-query: POST /v1/query #7'],
    now: { text: (recorded) => recorded.replace('QueryDatacenterOptions', 'QueryFailoverOptions') },
  },
  {
    why: 'newer: a read of intentions has the metadata of one',
    requests: ['store-rest: GET /v1/connect/intentions/match?by=source&name=a'],
    now: {
      'headers.x-consul-effective-consistency': 'leader',
      'headers.x-consul-index': '<index>',
      'headers.x-consul-knownleader': 'true',
      'headers.x-consul-lastcontact': '<ms>',
    },
  },
  {
    why: 'newer: proxy-defaults have one name',
    requests: ['store-rest: PUT /v1/config #5'],
    now: {
      status: 500,
      body: undefined,
      text: 'invalid name ("other"), only "global" is supported',
      'headers.content-type': 'text/plain; charset=utf-8',
    },
  },
  {
    why: 'newer: a short answer is not compressed',
    requests: ['misc: GET /v1/catalog/nodes'],
    now: { 'headers.content-encoding': undefined },
  },
];

const withoutServers: Accepted[] = [
  {
    why: 'no gossip: Consul writes its own node a second time once it has joined itself',
    requests:
      /^(catalog(-read)?: GET \/v1\/catalog\/nodes|agent: GET \/v1\/(health\/service|catalog\/node-services)\/)/,
    now: {
      'body[].ModifyIndex': '=CreateIndex',
      'body.Node.ModifyIndex': '=CreateIndex',
      'body[].Node.ModifyIndex': '=CreateIndex',
    },
  },
  {
    why: 'no cache that fills: the copy of the catalog is there from the start',
    requests: [
      'health: GET /v1/health/service/web?cached',
      'catalog-health: GET /v1/health/service/web?cached&passing',
    ],
    now: { 'headers.x-cache': 'HIT', 'headers.age': '<s>' },
  },
];

const withoutRaft: Accepted[] = [
  {
    why: 'no Raft: its settings were not written when nobody has set them, and indexes are others',
    requests: ['store-rest: GET /v1/operator/autopilot/configuration'],
    now: { 'body.CreateIndex': 0, 'body.ModifyIndex': 0 },
  },
  {
    why: 'indexes are others',
    requests: ['store-txn: PUT /v1/txn #22'],
    now: {
      'body.Errors[].What': /^failed index check for key "t\/1", current modify index \d+ != 1$/,
    },
  },
  {
    why: 'no gossip: the fault of an event is not that of a segment',
    requests: ['store-event: PUT /v1/event/fire/big'],
    now: { text: 'user event exceeds configured limit of 512 bytes before encoding' },
  },
  {
    why: 'no gossip, so no keys: whatever is asked of them',
    requests: ['store-rest: GET /v1/operator/keyring?local-only=x'],
    now: { status: 500, text: 'Keyring is empty (encryption not enabled)' },
  },
];

const enterprise = /^Invalid (query parameter|header): ".*" - Namespaces are a Consul Enterprise feature$/;

const onPurpose: Accepted[] = [
  {
    why: 'no web UI: as a Consul that has it switched off',
    requests: ['status: GET /'],
    now: { status: 200, 'headers.content-type': 'text/plain; charset=utf-8', 'headers.location': undefined },
  },
  {
    why: 'no web UI, so nothing under its path',
    requests: ['store-rest: GET /ui', 'store-rest: GET /ui/'],
    now: { status: 404 },
  },
  {
    why: "what is Go's own: the name of a type without one, a number as it was written",
    requests: [
      'service: PUT /v1/agent/service/register #73',
      'service: PUT /v1/agent/service/register #74',
      'check: PUT /v1/agent/check/register #25',
      'register: PUT /v1/catalog/register #17',
      'catalog-deregister: PUT /v1/catalog/deregister #10',
    ],
    now: { text: /^Request decode failed: json: cannot unmarshal / },
  },
  {
    why: 'a byte order mark before the body is skipped',
    requests: ['register: PUT /v1/catalog/register #69'],
    now: { status: 500, text: 'Must provide address if SkipNodeUpdate is not set' },
  },
  {
    why: 'snake_case is read wherever config files have it, so that a definition can be sent as it is',
    requests: ['service: PUT /v1/agent/service/register #52'],
    now: { status: 200, text: '', 'headers.content-type': undefined },
  },
  {
    why: 'snake_case is read in the catalog, too',
    requests: ['register: PUT /v1/catalog/register #22'],
    now: { status: 200, text: undefined, body: true, 'headers.content-type': 'application/json' },
  },
  {
    why: '?dc is heard for every write: the edge serves all datacenters',
    requests: [
      'register: PUT /v1/catalog/register?dc=dc9',
      'catalog-deregister: PUT /v1/catalog/deregister?dc=dc9',
    ],
    now: {
      status: 500,
      body: undefined,
      text: 'No path to datacenter',
      'headers.content-type': 'text/plain; charset=utf-8',
    },
  },
  {
    why: 'who asks for a namespace is told that there is none, at every endpoint',
    requests: ['catalog: GET /v1/catalog/nodes?ns=x', 'catalog: GET /v1/catalog/nodes?node-meta=env:dev'],
    now: {
      status: 400,
      body: undefined,
      text: enterprise,
      'headers.content-type': 'text/plain; charset=utf-8',
      'headers.x-consul-effective-consistency': undefined,
      'headers.x-consul-index': undefined,
      'headers.x-consul-knownleader': undefined,
      'headers.x-consul-lastcontact': undefined,
    },
  },
  {
    why: 'a query that is escaped badly is the fault of who sent it, and is told',
    requests: ['catalog: GET /v1/catalog/nodes?%zz', 'catalog: GET /v1/catalog/nodes?filter=%zz'],
    now: {
      status: 400,
      text: 'the query has a bad escape: %zz',
      'headers.content-type': 'text/plain; charset=utf-8',
    },
  },
  {
    why: 'an error is not followed by an answer',
    requests: [
      'catalog: GET /v1/catalog/datacenters',
      'catalog: GET /v1/catalog/datacenters?stale&consistent',
    ],
    now: { text: (recorded) => recorded.replace(/\[.*/s, '') },
  },
  {
    why: 'a URL has no dots in its path, by the standard that both runtimes follow',
    requests: ['catalog: GET /v1/catalog/../catalog/datacenters', 'catalog: GET /v1/./catalog/datacenters'],
    now: {
      status: 200,
      text: undefined,
      body: ['dc1'],
      'headers.content-type': 'application/json',
      'headers.location': undefined,
    },
  },
  {
    why: 'a check of a service that changed its name has the new one',
    requests: ['service: GET /v1/agent/checks?filter=Status%20%3D%3D%20warning'],
    now: { 'body.cid.ServiceName': 'other' },
  },
  {
    why: 'a filter is read as a whole before anything is compared',
    requests: ['service: GET /v1/agent/checks?filter=Name%20matches%20%22r.%22%20and%20Bogus%20%3D%3D%201'],
    now: { text: 'Failed to create boolean expression evaluator: Selector "Bogus" is not valid' },
  },
  {
    why: 'Allow names OPTIONS wherever it is answered',
    requests: ['store-query: POST /v1/query/nm/execute'],
    now: { 'headers.allow': 'OPTIONS,GET' },
  },
  {
    why: 'a refused request changes nothing: Consul forgets the check x when a script under its name is refused',
    requests: ['agent: GET /v1/health/service/hello?filter=Service.ID%20%3D%3D%20%60hello-2%60'],
    now: { 'body[].Checks': anything },
  },
];

export const acceptedOverHttp: Accepted[] = [
  ...newerEverywhere,
  ...newerAnswers,
  ...withoutServers,
  ...withoutRaft,
  ...onPurpose,
];
