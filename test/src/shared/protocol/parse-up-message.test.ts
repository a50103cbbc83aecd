import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isApiError } from '../../../../src/shared/api-error.ts';
import { jsonDepthMax, nameCharsMax, registrationBytesMax, tagsMax } from '../../../../src/shared/limits.ts';
import { parseUpMessage } from '../../../../src/shared/protocol/parse-up-message.ts';

const agent = {
  Node: 'n1',
  ID: '11111111-1111-1111-1111-111111111111',
  Address: '10.0.0.1',
  TaggedAddresses: { lan: '10.0.0.1' },
  NodeMeta: null,
  Role: 'client',
  ServerPort: 0,
  Version: '1.0',
};
const service = {
  Kind: 'connect-proxy',
  ID: 'web',
  Service: 'web',
  Tags: ['a'],
  Address: '',
  TaggedAddresses: { lan: { Address: '10.0.0.1', Port: 1 } },
  Meta: { a: 'b' },
  Port: 80,
  Weights: { Passing: 1, Warning: 1 },
  EnableTagOverride: false,
  Proxy: { DestinationServiceName: 'web', Config: { deep: [{}] } },
};
const check = {
  Node: 'n1',
  CheckID: 'c',
  Name: '',
  Status: 'passing',
  Notes: '',
  Output: '',
  ServiceID: 'web',
  ServiceName: 'web',
  ServiceTags: ['a'],
  Type: 'ttl',
  Definition: { TTL: '10s' },
  DeregisterAfterMs: 60_000,
};
const registration = {
  Datacenter: '',
  Node: 'n1',
  ID: '',
  Address: '10.0.0.1',
  TaggedAddresses: null,
  NodeMeta: null,
  Service: service,
  Checks: [check],
  SkipNodeUpdate: true,
};
const deregistration = { Datacenter: '', Node: 'n1', ServiceID: 'web', CheckID: '' };
const hello = { Type: 'hello', Protocol: 2, Agent: agent, CatalogID: 'x', Index: 7 };
const write = { Type: 'write', ID: 1, Ops: [{ Register: registration }, { Deregister: deregistration }] };

const parse = (message: unknown) => parseUpMessage(JSON.stringify(message));
const op = (rest: object) => ({ ...write, Ops: [{ Register: { ...registration, ...rest } }] });
const nested = (depth: number): object => (depth === 1 ? {} : { in: nested(depth - 1) });

describe('a message of this version', () => {
  const { Agent, ...follower } = hello;
  const { Kind, TaggedAddresses, Proxy: mesh, ...bareService } = service;
  it.each([
    { law: 'hello', message: hello },
    { law: 'hello of who only follows', message: follower },
    {
      law: 'hello of a server',
      message: { ...hello, Agent: { ...Agent, Role: 'server', ServerPort: 8300 } },
    },
    { law: 'write', message: write },
    { law: 'write of nothing', message: { ...write, Ops: [] } },
    { law: 'write of the bare minimum', message: op({ Service: bareService, Checks: [] }) },
    { law: 'write of the longest name', message: op({ Node: 'x'.repeat(nameCharsMax) }) },
    {
      law: 'write of the most tags',
      message: op({ Service: { ...service, Tags: Array(tagsMax).fill('t') } }),
    },
    {
      law: 'write of the deepest definition',
      message: op({ Checks: [{ ...check, Definition: nested(jsonDepthMax) }] }),
    },
    { law: 'next', message: { Type: 'next', Cursor: '' } },
    { law: 'leave', message: { Type: 'leave', ID: 2 } },
  ])('is what it was sent as: $law', ({ message }) => {
    expect(parse(message)).toEqual(message);
  });

  it('has its members in one order, whatever order they came in', () => {
    const reversed = Object.fromEntries(Object.entries(hello).reverse());
    expect(JSON.stringify(parse(reversed))).toBe(JSON.stringify(parse(hello)));
  });

  it('keeps a key that names the prototype', () => {
    const text = JSON.stringify(op({ NodeMeta: { here: 'x' } })).replace('"here"', '"__proto__"');
    expect(JSON.stringify(parseUpMessage(text))).toContain('"NodeMeta":{"__proto__":"x"}');
  });

  it('has the letters of a node ID in lower case', () => {
    const ID = 'AAAAAAAA-1111-1111-1111-111111111111';
    expect(parse({ ...hello, Agent: { ...agent, ID } })).toMatchObject({ Agent: { ID: ID.toLowerCase() } });
  });
});

describe('anything else is refused with its place', () => {
  const at = 'write.Ops[0].Register';
  const long = 'x'.repeat(nameCharsMax + 1);
  it.each([
    { message: 'hello', why: 'unknown message without a Type' },
    { message: null, why: 'unknown message without a Type' },
    { message: { Type: { a: 1 } }, why: 'unknown message {"a":1}' },
    {
      message: { Type: 'hello' },
      why: 'sync protocol undefined is not spoken here, this edge speaks 1 and 2: upgrade the edge',
    },
    {
      message: { Type: 'hello', Protocol: 9 },
      why: 'sync protocol 9 is not spoken here, this edge speaks 1 and 2: upgrade the edge',
    },
    {
      message: { Type: 'hello', Protocol: 0 },
      why: 'sync protocol 0 is not spoken here, this edge speaks 1 and 2: upgrade the sidecar',
    },
    { message: { ...hello, Index: -1 }, why: 'hello.Index is negative' },
    { message: { ...hello, Index: 1.5 }, why: 'hello.Index is no integer' },
    { message: { ...hello, Index: '1' }, why: 'hello.Index is no integer' },
    { message: { ...hello, Extra: 1 }, why: 'hello has the unknown member "Extra"' },
    { message: { ...hello, Agent: null }, why: 'hello.Agent is no object' },
    { message: { ...hello, Agent: [] }, why: 'hello.Agent is no object' },
    { message: { ...hello, Agent: { ...agent, Node: '' } }, why: 'hello.Agent.Node is empty' },
    {
      message: { ...hello, Agent: { ...agent, Node: long } },
      why: 'hello.Agent.Node has 1025 characters, the limit is 1024',
    },
    {
      message: { ...hello, Agent: { ...agent, Role: 'boss' } },
      why: 'hello.Agent.Role is none of client, server',
    },
    {
      message: { ...hello, Agent: { ...agent, ID: 'x' } },
      why: 'hello.Agent.ID is no node ID: uuid string is wrong length',
    },
    {
      message: { ...hello, Agent: { ...agent, NodeMeta: { a: 1 } } },
      why: 'hello.Agent.NodeMeta["a"] is no text',
    },
    { message: { ...write, Ops: {} }, why: 'write.Ops is no list' },
    { message: { ...write, Ops: [{}] }, why: 'write.Ops[0] is neither one Register nor one Deregister' },
    {
      message: { ...write, Ops: [{ Register: registration, Deregister: deregistration }] },
      why: 'write.Ops[0] is neither one Register nor one Deregister',
    },
    { message: op({ SkipNodeUpdate: 'no' }), why: `${at}.SkipNodeUpdate is neither true nor false` },
    { message: op({ Checks: null }), why: `${at}.Checks is no list` },
    { message: op({ Checks: [{ ...check, CheckID: '' }] }), why: `${at}.Checks[0].CheckID is empty` },
    {
      message: op({ Checks: [{ ...check, Definition: [] }] }),
      why: `${at}.Checks[0].Definition is no object`,
    },
    {
      message: op({ Checks: [{ ...check, Definition: nested(jsonDepthMax + 1) }] }),
      why: `${at}.Checks[0].Definition is nested deeper than 128`,
    },
    {
      message: op({ Service: { ...service, Service: long } }),
      why: `${at}.Service.Service has 1025 characters, the limit is 1024`,
    },
    {
      message: op({ Service: { ...service, Tags: Array(tagsMax + 1).fill('t') } }),
      why: `${at}.Service.Tags has 513 members, the limit is 512`,
    },
    {
      message: op({ Service: { ...service, Weights: { Passing: 1 } } }),
      why: `${at}.Service.Weights.Warning is no integer`,
    },
    {
      message: op({ Service: { ...service, ModifyIndex: 1 } }),
      why: `${at}.Service has the unknown member "ModifyIndex"`,
    },
    { message: { Type: 'next' }, why: 'next.Cursor is no text' },
    { message: { Type: 'leave', ID: null }, why: 'leave.ID is no integer' },
  ])('$why', ({ message, why }) => {
    expect(() => parse(message)).toThrow(expect.objectContaining({ status: 400, message: why }));
  });

  it('an op up to the size of a row, and none above', () => {
    const opOf = (outputChars: number) => ({
      Register: { ...registration, Checks: [{ ...check, Output: 'x'.repeat(outputChars) }] },
    });
    const fitting = registrationBytesMax - JSON.stringify(opOf(0)).length;
    expect(parse({ ...write, Ops: [opOf(fitting), opOf(0)] })).toMatchObject({ Type: 'write' });
    const tooLarge = { status: 413, message: 'write.Ops[1] has 524289 characters, the limit is 524288' };
    expect(() => parse({ ...write, Ops: [opOf(0), opOf(fitting + 1)] })).toThrow(
      expect.objectContaining(tooLarge),
    );
  });

  it('nesting without end', () => {
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    const text = JSON.stringify(op({ Checks: [{ ...check, Definition: 'HERE' }] })).replace('"HERE"', deep);
    expect(() => parseUpMessage(text)).toThrow('is nested deeper than 128');
  });
});

it('whatever comes, it is a message or a refusal', () => {
  const templates = fc.constantFrom<object>(
    hello,
    write,
    { Type: 'next', Cursor: '' },
    { Type: 'leave', ID: 1 },
  );
  const hostile = fc.oneof(
    fc.json(),
    fc.string(),
    fc.tuple(templates, fc.json()).chain(([template, json]) => broken(template, json)),
  );
  fc.assert(
    fc.property(hostile, (text) => {
      try {
        expect(['hello', 'write', 'next', 'leave']).toContain(parseUpMessage(text).Type);
      } catch (error) {
        expect(isApiError(error)).toBe(true);
      }
    }),
    { seed: 20_261_122, numRuns: 2_000 },
  );
});

/** A message in which one value, anywhere, became another. */
function broken(template: object, json: string): fc.Arbitrary<string> {
  const text = JSON.stringify(template);
  const values = [...text.matchAll(/(?<=[:[,])("[^"]*"|\d+|true|false|null|\{\}|\[\])(?=[,\]}])/g)];
  return fc
    .constantFrom(...values)
    .map(({ index, 0: value }) => text.slice(0, index) + json + text.slice(index + value.length));
}
