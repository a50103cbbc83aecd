/**
 * From endpoints to records: the one place that decides which record stands in which section. Pure; host names have
 * been resolved before, by `aliases`.
 */
import { type AnswerSettings, nameServersMax } from './answer-settings.ts';
import type { Endpoint } from './endpoints.ts';
import { formatHex, parseHex, parseIpAddress } from './ip-address.ts';
import {
  type Answer,
  type AnswerItem,
  asked,
  makeAnswer,
  type RecordData,
  type ResourceRecord,
  rcodes,
  recordTypes,
} from './record.ts';
import { isEncodableName } from './wire/record-writer.ts';

/** What the records of one answer have in common. */
export interface AnswerScope {
  qtype: number;
  /** The domain asked, which names in the answer end in. */
  domain: string;
  ttlS: number;
  /** SOA serial: seconds since 1970. */
  nowS: number;
  settings: AnswerSettings;
  /** The records of host names that addresses consist of; none for those that could not be resolved. */
  aliases: ReadonlyMap<string, ResourceRecord[]>;
}

const toRecord = (scope: AnswerScope, name: string, data: RecordData): ResourceRecord => ({
  name,
  ttlS: scope.ttlS,
  ...data,
});
const toItem = (...answer: ResourceRecord[]): AnswerItem => ({ answer, glue: [], meta: [] });

const addressRecord = (scope: AnswerScope, name: string, address: Uint8Array): ResourceRecord =>
  toRecord(scope, name, { type: address.length === 4 ? 'A' : 'AAAA', address });

/** Whether a question of this type is answered with such an address. TXT questions about services are, in Consul. */
function isAddressWanted(qtype: number, address: Uint8Array): boolean {
  if (qtype === recordTypes.ANY || qtype === recordTypes.TXT) return true;
  return qtype === (address.length === 4 ? recordTypes.A : recordTypes.AAAA);
}

const addressOf = (endpoint: Endpoint) => endpoint.serviceAddress || endpoint.nodeAddress;

const nodeName = (endpoint: Endpoint, domain: string) =>
  `${endpoint.node}.node.${endpoint.datacenter}.${domain}`;

/** The host names among the endpoints' addresses, which have to be resolved before an answer is made. */
export function findHostNames(endpoints: Endpoint[]): string[] {
  const hosts = new Set(endpoints.map(addressOf).filter((text) => text !== '' && !parseIpAddress(text)));
  return [...hosts].filter(isEncodableName);
}

// ---- services ----

export function makeServiceAnswer(scope: AnswerScope, endpoints: Endpoint[]): Answer {
  if (endpoints.length === 0) return makeNxdomain(scope);
  return scope.qtype === recordTypes.SRV
    ? makeSrvAnswer(scope, endpoints)
    : makeAddressAnswer(scope, endpoints);
}

/** Addresses, each once; or when there are none, one alias of those there are. */
function makeAddressAnswer(scope: AnswerScope, endpoints: Endpoint[]): Answer {
  const texts = [...new Set(endpoints.map(addressOf))];
  const addresses = texts.map(parseIpAddress).filter((address) => address !== undefined);
  const wanted = addresses.filter((address) => isAddressWanted(scope.qtype, address));
  if (wanted.length > 0) {
    const items = wanted.map((address) => toItem(addressRecord(scope, asked, address)));
    const itemsMax = scope.settings.aRecordLimit || Number.POSITIVE_INFINITY;
    return makeAnswer(rcodes.NOERROR, { items, itemsMax, shuffled: true });
  }
  const items = findHostNames(endpoints).map((host) => aliasItem(scope, host));
  return items.length === 0
    ? makeNodata(scope)
    : makeAnswer(rcodes.NOERROR, { items, itemsMax: 1, shuffled: true });
}

const aliasItem = (scope: AnswerScope, host: string): AnswerItem =>
  toItem(toRecord(scope, asked, { type: 'CNAME', target: host }), ...(scope.aliases.get(host) ?? []));

function makeSrvAnswer(scope: AnswerScope, endpoints: Endpoint[]): Answer {
  const byPlace = new Map(endpoints.map((e) => [`${e.node} ${e.serviceAddress} ${e.port}`, e]));
  const items = [...byPlace.values()].map((endpoint) => srvItem(scope, endpoint));
  const encodable = items.filter((item) => item !== undefined);
  return encodable.length === 0
    ? makeNodata(scope)
    : makeAnswer(rcodes.NOERROR, { items: encodable, shuffled: true });
}

/** Undefined where neither name nor address of the endpoint can be a target. */
function srvItem(scope: AnswerScope, endpoint: Endpoint): AnswerItem | undefined {
  const address = parseIpAddress(addressOf(endpoint));
  const target = address ? addressTarget(scope, endpoint, address) : addressOf(endpoint);
  if (target === '' || !isEncodableName(target)) return undefined;
  const { port, weight } = endpoint;
  return {
    answer: [toRecord(scope, asked, { type: 'SRV', priority: 1, weight, port, target })],
    glue: address ? [addressRecord(scope, target, address)] : (scope.aliases.get(target) ?? []),
    meta: additionalMeta(scope, endpoint, nodeName(endpoint, scope.domain)),
  };
}

/** The node's name where its own address serves, else a name that spells the address. */
function addressTarget(scope: AnswerScope, endpoint: Endpoint, address: Uint8Array): string {
  const name = nodeName(endpoint, scope.domain);
  if (endpoint.serviceAddress === '' && isEncodableName(name)) return name;
  return `${formatHex(address)}.addr.${endpoint.datacenter}.${scope.domain}`;
}

// ---- nodes ----

export function makeNodeAnswer(scope: AnswerScope, endpoint: Endpoint): Answer {
  const items = nodeRecords(scope, endpoint).map((record) => toItem(record));
  const additional = nodeAdditional(scope, endpoint);
  if (items.length === 0) return { ...makeNodata(scope), additional };
  // The records of an alias belong together and in their order, so nothing is shuffled.
  return makeAnswer(rcodes.NOERROR, { items, additional });
}

const isTextWanted = ({ qtype }: AnswerScope) => qtype === recordTypes.ANY || qtype === recordTypes.TXT;

function nodeRecords(scope: AnswerScope, endpoint: Endpoint): ResourceRecord[] {
  const address = parseIpAddress(endpoint.nodeAddress);
  const texts = isTextWanted(scope) ? metaRecords(scope, endpoint, asked) : [];
  if (!address)
    return [...findHostNames([endpoint]).flatMap((host) => aliasItem(scope, host).answer), ...texts];
  const isWanted = scope.qtype !== recordTypes.TXT && isAddressWanted(scope.qtype, address);
  return isWanted ? [addressRecord(scope, asked, address), ...texts] : texts;
}

/** Beside the texts of a node its address, and beside its address the texts. */
function nodeAdditional(scope: AnswerScope, endpoint: Endpoint): ResourceRecord[] {
  const { qtype } = scope;
  if (qtype === recordTypes.A || qtype === recordTypes.AAAA) return additionalMeta(scope, endpoint, asked);
  const address = parseIpAddress(endpoint.nodeAddress);
  return qtype === recordTypes.TXT && address ? [addressRecord(scope, asked, address)] : [];
}

const additionalMeta = (scope: AnswerScope, endpoint: Endpoint, owner: string): ResourceRecord[] =>
  scope.settings.enableAdditionalNodeMetaTxt ? metaRecords(scope, endpoint, owner) : [];

function metaRecords(scope: AnswerScope, endpoint: Endpoint, owner: string): ResourceRecord[] {
  if (owner !== asked && !isEncodableName(owner)) return [];
  return Object.entries(endpoint.nodeMeta).map(([key, value]) =>
    toRecord(scope, owner, { type: 'TXT', text: formatMeta(key, value) }),
  );
}

/** `key=value` as RFC 1464 quotes it; of a key that starts with `rfc1035-` the value alone, as it is. */
export function formatMeta(key: string, value: string): string {
  if (key.toLowerCase().startsWith('rfc1035-')) return value;
  const quoted = key.replace(/[`=]/g, '`$&').replace(/^ +| +$/g, (spaces) => '` '.repeat(spaces.length));
  return `${quoted}=${value.replaceAll('`', '``')}`;
}

// ---- what needs no catalog, and the zone ----

/** The address that a name's hex digits spell. Digits of another length name nothing that could be absent. */
export function makeAddrAnswer(scope: AnswerScope, digits: string): Answer {
  if (digits.length !== 8 && digits.length !== 32) return makeAnswer(rcodes.NOERROR);
  const address = parseHex(digits);
  if (!address) return makeNxdomain(scope);
  const record = addressRecord(scope, asked, address);
  return isAddressWanted(scope.qtype, address)
    ? makeAnswer(rcodes.NOERROR, { items: [toItem(record)] })
    : makeAnswer(rcodes.NOERROR, { additional: [record] });
}

export function makeVirtualAnswer(scope: AnswerScope, address: Uint8Array | undefined): Answer {
  if (!address) return makeNxdomain(scope);
  if (!isAddressWanted(scope.qtype, address)) return makeNodata(scope);
  return makeAnswer(rcodes.NOERROR, { items: [toItem(addressRecord(scope, asked, address))] });
}

/** Whatever type was asked for; who asks for the SOA is told that as well, as by Consul. */
export const makeReverseAnswer = (scope: AnswerScope, target: string): Answer =>
  makeAnswer(rcodes.NOERROR, {
    items: [toItem(toRecord(scope, asked, { type: 'PTR', target }))],
    authority: scope.qtype === recordTypes.SOA ? [soaRecord(scope)] : [],
  });

/** SOA or NS of the zone, with the name servers' addresses. */
export function makeZoneAnswer(scope: AnswerScope, servers: Endpoint[]): Answer {
  const named = servers.filter((server) => isEncodableName(nodeName(server, scope.domain)));
  const items = named.map((server) => nameServerItem(scope, server));
  if (scope.qtype === recordTypes.NS) {
    return makeAnswer(rcodes.NOERROR, { items, itemsMax: nameServersMax, shuffled: true });
  }
  const some = items.slice(0, nameServersMax);
  return makeAnswer(rcodes.NOERROR, {
    items: [toItem(soaRecord(scope))],
    authority: some.flatMap((item) => item.answer),
    additional: some.flatMap((item) => item.glue),
  });
}

function nameServerItem(scope: AnswerScope, server: Endpoint): AnswerItem {
  const target = nodeName(server, scope.domain);
  const address = parseIpAddress(server.nodeAddress);
  return {
    answer: [toRecord(scope, scope.domain, { type: 'NS', target })],
    glue: address ? [addressRecord(scope, target, address)] : [],
    meta: [],
  };
}

function soaRecord({ settings: { soa }, domain, nowS }: AnswerScope): ResourceRecord {
  const { refreshS, retryS, expireS, minTtlS } = soa;
  const names = { primary: `ns.${domain}`, mailbox: `hostmaster.${domain}` };
  return {
    name: domain,
    ttlS: minTtlS,
    type: 'SOA',
    ...names,
    serial: nowS,
    refreshS,
    retryS,
    expireS,
    minTtlS,
  };
}

/** The name does not exist. Resolvers remember that for the SOA's minimum TTL (RFC 2308). */
export const makeNxdomain = (scope: AnswerScope): Answer =>
  makeAnswer(rcodes.NXDOMAIN, { authority: [soaRecord(scope)] });

/** The name exists, and has no record of the type. */
const makeNodata = (scope: AnswerScope): Answer =>
  makeAnswer(rcodes.NOERROR, { authority: [soaRecord(scope)] });
