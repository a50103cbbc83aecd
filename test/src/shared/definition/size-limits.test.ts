import { describe, expect, test } from 'vitest';
import { decodeCatalogRegistration } from '../../../../src/shared/definition/catalog-registration.ts';
import { decodeCheckRegistration } from '../../../../src/shared/definition/check-definition.ts';
import { decodeServiceRegistration } from '../../../../src/shared/definition/service-definition.ts';
import { nameCharsMax, tagsMax } from '../../../../src/shared/limits.ts';
import { answer } from './answer.ts';

const node = { Node: 'n', Address: '1.1.1.1' };
const name = (chars: number) => 'n'.repeat(chars);
const tags = (count: number) => Array.from({ length: count }, (_, i) => `t${i}`);
const nameFault = (what: string) => `400 ${what} is too long: 1025 characters (limit: 1024)`;
const tagsFault = '400 Too many tags: 513 (limit: 512)';

type Row = [
  what: string,
  decode: (body: unknown) => unknown,
  body: (size: number) => object,
  max: number,
  fault: string,
];

const rows: Row[] = [
  [
    'a service name',
    decodeServiceRegistration,
    (size) => ({ Name: name(size) }),
    nameCharsMax,
    nameFault('Service name'),
  ],
  [
    'a service ID',
    decodeServiceRegistration,
    (size) => ({ Name: 'x', ID: name(size) }),
    nameCharsMax,
    nameFault('Service ID'),
  ],
  [
    'a service address',
    decodeServiceRegistration,
    (size) => ({ Name: 'x', Address: name(size) }),
    nameCharsMax,
    nameFault('Service address'),
  ],
  ['tags', decodeServiceRegistration, (size) => ({ Name: 'x', Tags: tags(size) }), tagsMax, tagsFault],
  [
    'a check name',
    decodeCheckRegistration,
    (size) => ({ Name: name(size), TTL: '1s' }),
    nameCharsMax,
    nameFault('Invalid check: Check name'),
  ],
  [
    'a node name',
    decodeCatalogRegistration,
    (size) => ({ ...node, Node: name(size) }),
    nameCharsMax,
    nameFault('Node name'),
  ],
  [
    'a node address',
    decodeCatalogRegistration,
    (size) => ({ ...node, Address: name(size) }),
    nameCharsMax,
    nameFault('Node address'),
  ],
  [
    'the address of a catalog service',
    decodeCatalogRegistration,
    (size) => ({ ...node, Service: { Service: 'x', Address: name(size) } }),
    nameCharsMax,
    nameFault('Service address'),
  ],
  [
    'a catalog service',
    decodeCatalogRegistration,
    (size) => ({ ...node, Service: { Service: name(size) } }),
    nameCharsMax,
    nameFault('Service name'),
  ],
  [
    'catalog tags',
    decodeCatalogRegistration,
    (size) => ({ ...node, Service: { Service: 'x', Tags: tags(size) } }),
    tagsMax,
    tagsFault,
  ],
  [
    'a catalog check',
    decodeCatalogRegistration,
    (size) => ({ ...node, Check: { CheckID: name(size) } }),
    nameCharsMax,
    nameFault('Check ID'),
  ],
];

describe('what is registered is limited in size', () => {
  test.each(rows)('%s', (_, decode, body, max, fault) => {
    expect(answer(decode, JSON.stringify(body(max)))).toBeTypeOf('object');
    expect(answer(decode, JSON.stringify(body(max + 1)))).toBe(fault);
  });
});
