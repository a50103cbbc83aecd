/** Bodies from which the rows are made: two hosts, three services. */
import type { Op } from './catalog-case.ts';

const addresses: Record<string, string> = { n1: '10.0.0.1', n2: '10.0.0.2' };

export const idOne = '11111111-1111-1111-1111-111111111111';
export const idTwo = '22222222-2222-2222-2222-222222222222';

/** A node with whatever else is registered with it. */
export const host = (Node: string, rest: object = {}): Op => ({
  Register: { Node, Address: addresses[Node.toLowerCase()] ?? '10.0.0.9', ...rest },
});

/** An instance whose ID is its name. */
export const service = (Node: string, Service: string, rest: object = {}): Op =>
  host(Node, { Service: { Service, ...rest } });

/** A check, of the whole node where no service ID is given. */
export const check = (Node: string, CheckID: string, Status: string, ServiceID = ''): Op =>
  host(Node, { Check: { CheckID, Status, ServiceID } });

export const gone = (Node: string, what: object = {}): Op => ({ Deregister: { Node, ...what } });
