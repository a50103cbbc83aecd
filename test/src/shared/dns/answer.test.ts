import { expect, test } from 'vitest';
import { formatMeta } from '../../../../src/shared/dns/answer.ts';
import { selectServiceTtlS } from '../../../../src/shared/dns/answer-settings.ts';
import { CatalogFixture } from '../../../catalog-fixture.ts';
import { ask, exampleSettings, makeResponder } from './dns-responder-fixture.ts';

test.each([
  ['key', 'value', 'key=value'],
  ['key', '', 'key='],
  ['a=b', 'c=d', 'a`=b=c=d'],
  ['a`b', 'c`d', 'a``b=c``d'],
  ['  key ', ' value ', '` ` key` = value '],
  ['a b', 'x', 'a b=x'],
  ['rfc1035-x', 'a=`b`', 'a=`b`'],
  ['RFC1035-', 'plain', 'plain'],
  ['xrfc1035-', 'plain', 'xrfc1035-=plain'],
])('meta %j: %j is the text %j', (key, value, text) => {
  expect(formatMeta(key, value)).toBe(text);
});

test.each([
  [255, 1],
  [256, 2],
  [510, 2],
  [511, 3],
])('a text of %d bytes takes %d strings', async (bytes, strings) => {
  const NodeMeta = { 'rfc1035-x': 'x'.repeat(bytes) };
  const reader = new CatalogFixture([{ Node: 'n', Address: '10.0.0.1', NodeMeta }]);
  const responder = makeResponder({ catalogs: { reader: () => reader, staleMs: () => 0 } });
  const { answer } = await ask(responder, { name: 'n.node.consul', type: 'TXT' }, 'tcp');
  expect(answer[0]!.split(' ').slice(3)).toHaveLength(strings);
  expect(answer[0]!.replaceAll('" "', '')).toBe(`n.node.consul. 0 TXT "${'x'.repeat(bytes)}"`);
});

test.each([
  ['web', 11],
  ['WEB', 11],
  ['web2', 9],
  ['we', 9],
  ['w', 5],
  ['db', 5],
])('service_ttl of %s is %d s', (service, ttlS) => {
  const serviceTtlMs = { '*': 5999, 'we*': 9000, web: 11_000, 'WEBS*': 1000 };
  expect(selectServiceTtlS({ ...exampleSettings, serviceTtlMs }, service)).toBe(ttlS);
});

test('without a service_ttl that fits, answers are not to be kept', () => {
  expect(
    selectServiceTtlS({ ...exampleSettings, serviceTtlMs: { 'we*': 9000 }, nodeTtlMs: 7000 }, 'db'),
  ).toBe(0);
});

test('names that hold other than ASCII are found as UTF-8, and labels that look like several are one', async () => {
  const reader = new CatalogFixture([
    { Node: 'bücher', Address: '10.0.0.1', Service: { Service: 'café', Port: 1 } },
  ]);
  const responder = makeResponder({ catalogs: { reader: () => reader, staleMs: () => 0 } });
  const utf8 = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));
  const reply = await ask(responder, { name: `${utf8('CAFÉ')}.service.consul`, type: 'SRV' });
  expect(reply.answer).toEqual([
    `${utf8('CAFÉ')}.service.consul. 0 SRV 1 1 1 ${utf8('bücher')}.node.dc1.consul.`,
  ]);
});
