/**
 * What a question's name asks for. Names are read from the right: the domain, an optional datacenter, the kind of
 * thing, and what stands left of that. Everything here is lower case, since DNS and the catalog's look-ups ignore case.
 *
 * Source: https://developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups.
 */
import type { AnswerSettings } from './answer-settings.ts';
import { parseReverseLabels } from './ip-address.ts';
import { recordTypes } from './record.ts';

export type Target =
  | { kind: 'service'; name: string; tag: string; datacenter: string | undefined }
  | { kind: 'connect' | 'virtual' | 'node'; name: string; datacenter: string | undefined }
  | { kind: 'query'; name: string; datacenter: string | undefined }
  /** An address that its own name spells in hex digits. */
  | { kind: 'addr'; digits: string }
  | { kind: 'reverse'; address: Uint8Array | undefined }
  /** The zone itself: SOA and NS, whatever the name. */
  | { kind: 'zone' }
  /** In our domain, but no name we give meaning to. */
  | { kind: 'unknown' }
  /** Not in our domain. */
  | { kind: 'outside' };

export interface ParsedName {
  target: Target;
  /** The domain asked, for the names in the answer. */
  domain: string;
}

/** @param labels the question's labels, in any case. */
export function parseName(labels: string[], qtype: number, settings: AnswerSettings): ParsedName {
  const lower = labels.map((label) => label.toLowerCase());
  if (lower.at(-1) === 'arpa') return { target: parseReverse(lower), domain: settings.domain };
  const domain = matchDomain(lower, settings);
  if (domain === undefined) return { target: { kind: 'outside' }, domain: settings.domain };
  if (qtype === recordTypes.SOA || qtype === recordTypes.NS) return { target: { kind: 'zone' }, domain };
  return { target: parseTarget(lower.slice(0, lower.length - domain.split('.').length), qtype), domain };
}

/** The longer of our two domains that `labels` end in. */
function matchDomain(labels: string[], settings: AnswerSettings): string | undefined {
  const domains = [settings.domain, settings.altDomain].filter((domain) => domain !== '');
  const longestFirst = domains.toSorted((a, b) => b.length - a.length);
  return longestFirst.find((domain) => labels.slice(-domain.split('.').length).join('.') === domain);
}

/** True for a host name in one of our domains: such an alias is followed here and not by a recursor. */
export const isInDomain = (host: string, settings: AnswerSettings): boolean =>
  matchDomain(host.toLowerCase().split('.'), settings) !== undefined;

const parseReverse = (labels: string[]): Target => ({
  kind: 'reverse',
  address: parseReverseLabels(labels.at(-2) ?? '', labels.slice(0, -2)),
});

const kinds = ['service', 'connect', 'virtual', 'ingress', 'node', 'query', 'addr'];

/** @param labels those left of the domain. */
function parseTarget(labels: string[], qtype: number): Target {
  const isKind = (label: string) => kinds.includes(label);
  // RFC 2782 names need no `service` label when SRV is asked.
  const isSrvPart = (label: string) => qtype === recordTypes.SRV && label.startsWith('_');
  const at = labels.findLastIndex((label) => isKind(label) || isSrvPart(label));
  if (at < 0) return { kind: 'unknown' };
  const kind = isKind(labels[at]!) ? labels[at]! : 'service';
  const parts = labels.slice(0, isKind(labels[at]!) ? at : at + 1);
  const locality = parseLocality(labels.slice(at + 1));
  if (parts.length === 0 || locality === undefined) return { kind: 'unknown' };
  return makeTarget(kind, parts, locality.datacenter);
}

function makeTarget(kind: string, parts: string[], datacenter: string | undefined): Target {
  const last = parts.at(-1)!;
  switch (kind) {
    case 'service':
      return { kind, datacenter, ...parseServiceParts(parts) };
    case 'connect':
    case 'virtual':
      return { kind, name: last, datacenter };
    case 'node':
      return { kind, name: parts.join('.'), datacenter };
    case 'query':
      return { kind, name: parseQueryParts(parts), datacenter };
    case 'addr':
      return parts.length === 1 ? { kind, digits: last } : { kind: 'unknown' };
    default:
      // Ingress gateways are mesh configuration, which no Rollcall datacenter has: nothing is behind such a name.
      return { kind: 'unknown' };
  }
}

/** `_name._tag` by RFC 2782, where `_tcp` is no tag; else everything left of the name is one tag, dots included. */
function parseServiceParts(parts: string[]): { name: string; tag: string } {
  const [first, second] = parts;
  if (parts.length === 2 && first!.startsWith('_') && second!.startsWith('_')) {
    return { name: first!.slice(1), tag: second === '_tcp' ? '' : second!.slice(1) };
  }
  return { name: parts.at(-1)!, tag: parts.slice(0, -1).join('.') };
}

/** A prepared query's name may hold dots; the RFC 2782 form `_name._tcp` is stripped of its marks. */
function parseQueryParts(parts: string[]): string {
  const isRfc2782 = parts.length >= 2 && parts[0]!.startsWith('_') && parts.at(-1)!.startsWith('_');
  return isRfc2782 ? parts.slice(0, -1).join('.').slice(1) : parts.join('.');
}

/**
 * The labels between the kind and the domain: nothing, a datacenter, or `<datacenter>.dc`. Undefined for all else:
 * there are no peers, namespaces, partitions and sameness groups to name.
 */
function parseLocality(labels: string[]): { datacenter: string | undefined } | undefined {
  if (labels.length === 0) return { datacenter: undefined };
  if (labels.length === 1 || (labels.length === 2 && labels[1] === 'dc')) return { datacenter: labels[0] };
  return undefined;
}
