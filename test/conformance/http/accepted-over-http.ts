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
        ['api', 'hello-1', 'hello-2', 'http-1', 'snake', 'tcp-1'].map((id) => [
          `body.${id}.Datacenter`,
          'dc1',
        ]),
      ),
    },
  },
];

const newerAnswers: Accepted[] = [
  {
    why: 'newer: an unknown path is told so',
    requests: ['status: GET /v1/unknown', 'status: GET /v1/status/leader/'],
    now: {
      text: 'Invalid URL path: not a recognized HTTP API endpoint\n',
      'headers.content-type': 'text/plain; charset=utf-8',
    },
  },
  {
    why: 'newer: whether an answer is compressed is decided for each, so each says that it depends on the request',
    requests: ['status: GET /v1/unknown', 'status: GET /v1/status/leader/'],
    now: { 'headers.vary': 'Accept-Encoding' },
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
    ],
    now: {
      status: 404,
      text: /^Unknown check ID "[^"]+"\. Ensure that the check ID is passed, not the check name\.$/,
      'headers.content-type': 'text/plain; charset=utf-8',
    },
  },
  {
    why: 'newer: an agent says 404 to a service that it does not have',
    requests: ['agent: PUT /v1/agent/service/deregister/none'],
    now: {
      status: 404,
      text: 'Unknown service ID "none". Ensure that the service ID is passed, not the service name.',
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
    requests: ['agent: PUT /v1/agent/check/register #8'],
    now: {
      text: 'Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks',
    },
  },
  {
    why: 'newer: an error does not begin with "Bad request"',
    requests: ['agent: GET /v1/agent/monitor?loglevel=bogus'],
    now: { text: 'Unknown log level: bogus' },
  },
  {
    why: 'newer: a transaction may have 128 operations',
    requests: ['txn: PUT /v1/txn #19'],
    now: {
      status: 200,
      text: undefined,
      body: anything,
      'headers.content-type': 'application/json',
      'headers.x-consul-knownleader': 'true',
      'headers.x-consul-lastcontact': '<ms>',
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
      /^(catalog-read: GET \/v1\/catalog\/nodes|agent: GET \/v1\/(health\/service|catalog\/node-services)\/)/,
    now: {
      'body[].ModifyIndex': '=CreateIndex',
      'body.Node.ModifyIndex': '=CreateIndex',
      'body[].Node.ModifyIndex': '=CreateIndex',
    },
  },
  {
    why: 'no cache that fills: the copy of the catalog is there from the start',
    requests: ['health: GET /v1/health/service/web?cached'],
    now: { 'headers.x-cache': 'HIT', 'headers.age': '<s>' },
  },
];

const onPurpose: Accepted[] = [
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
  ...onPurpose,
];
