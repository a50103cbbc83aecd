import { describe, expect, test } from 'vitest';
import { edgeMember, memberJson } from '../../../src/shared/member.ts';
import { selectMembers } from '../../../src/shared/select-members.ts';

const row = (Node: string, Address: string) => ({
  Node,
  Address,
  ID: '',
  Datacenter: 'dc1',
  TaggedAddresses: null,
  Meta: null,
  CreateIndex: 1,
  ModifyIndex: 1,
});
const members = [
  edgeMember('dc1', '10.0.0.1', 8300),
  memberJson({ Node: row('n1', '10.0.0.2'), Role: 'client', Version: '1', Alive: true }, 'dc1'),
  memberJson({ Node: row('n2', '10.0.0.3'), Role: 'client', Version: '1', Alive: false }, 'dc1'),
];
const select = (query: string) =>
  selectMembers(members, new URLSearchParams(query)).map(({ Name, Port }) => `${Name}:${Port}`);

describe('members', () => {
  test.each([
    ['', ['edge:8300', 'n1:8301', 'n2:8301']],
    ['segment=_all', ['edge:8300', 'n1:8301', 'n2:8301']],
    ['wan=', ['edge:8300', 'n1:8301', 'n2:8301']],
    ['wan=1', ['edge.dc1:8300']],
    ['wan=1&segment=_all', ['edge.dc1:8300']],
    ['filter=Status == 4', ['n2:8301']],
    ['filter=Tags.role == consul or Addr == "10.0.0.2"', ['edge:8300', 'n1:8301']],
    ['wan=1&filter=Name matches "^edge[.]"', ['edge.dc1:8300']],
  ])('with "%s"', (query, names) => expect(select(query)).toEqual(names));

  test.each([
    ['segment=alpha', 500, 'Network segments are not supported in this version of Consul'],
    ['wan=1&segment=alpha', 400, 'Cannot provide a segment with wan=true'],
    ['filter=Nope == 1', 400, 'Selector "Nope" is not valid'],
  ])('are refused with "%s"', (query, status, message) => {
    expect(() => select(query)).toThrow(
      expect.objectContaining({ status, message: expect.stringContaining(message) }),
    );
  });
});
