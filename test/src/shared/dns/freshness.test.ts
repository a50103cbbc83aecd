/** How long a reply may be kept, by what it says: RFC 8484, section 5.1. */
import { expect, test } from 'vitest';
import { freshnessS } from '../../../../src/shared/dns/wire/freshness.ts';

const name = [1, 0x61, 0];
const ttlBytes = (ttlS: number) => [ttlS >>> 24, (ttlS >> 16) & 255, (ttlS >> 8) & 255, ttlS & 255];
const a = (ttlS: number) => [...name, 0, 1, 0, 1, ...ttlBytes(ttlS), 0, 4, 10, 0, 0, 1];
const soa = (ttlS: number, minimumS: number) => [
  ...[...name, 0, 6, 0, 1, ...ttlBytes(ttlS), 0, 22, 0, 0],
  ...new Array(16).fill(0),
  ...ttlBytes(minimumS),
];
const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];

function reply(sections: { answer?: number[][]; authority?: number[][]; rcode?: number }): Uint8Array {
  const { answer = [], authority = [], rcode = 0 } = sections;
  const header = [0, 0, 0x80, rcode, 0, 1, 0, answer.length, 0, authority.length, 0, 1];
  return Uint8Array.from([...header, ...name, 0, 1, 0, 1, ...answer.flat(), ...authority.flat(), ...opt]);
}

test.each([
  ['one answer', reply({ answer: [a(30)] }), 30],
  ['the smallest of several', reply({ answer: [a(30), a(7), a(90)] }), 7],
  ['not that of the authority', reply({ answer: [a(30)], authority: [soa(5, 5)] }), 30],
  ['nothing found: the SOA', reply({ rcode: 3, authority: [soa(60, 90)] }), 60],
  ['nothing found: its minimum', reply({ authority: [soa(60, 20)] }), 20],
  ['nothing found and no SOA', reply({}), 0],
  ['nothing found, and another record first', reply({ authority: [a(1), soa(60, 50)] }), 50],
  ['a failure', reply({ rcode: 2, answer: [a(30)] }), 0],
  ['the largest TTL', reply({ answer: [a(0x7fffffff)] }), 0x7fffffff],
  ['a TTL with its first bit set', reply({ answer: [a(0x80000000)] }), 0],
  ['a reply that ends in an answer', reply({ answer: [a(30), a(40)] }).slice(0, 50), 0],
  ['a reply that ends in its question', reply({ answer: [a(30)] }).slice(0, 14), 0],
  ['no header', new Uint8Array(11), 0],
])('%s', (_law, message, seconds) => {
  expect(freshnessS(message)).toBe(seconds);
});
