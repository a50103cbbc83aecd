/**
 * User events, in the shape of Consul's public JSON.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/event; the limit and the texts are those of Consul 1.8.7.
 */
import { ApiError } from '../shared/api-error.ts';
import { compileRegexp } from '../shared/filter/regexp/match.ts';
import { RegexpFault } from '../shared/filter/regexp/syntax.ts';
import { eventBytesMax, eventBytesUnencodedMax } from '../shared/limits.ts';
import { utf8Bytes } from '../shared/utf8-bytes.ts';

export interface UserEvent {
  ID: string;
  Name: string;
  /** Base64; null for none. */
  Payload: string | null;
  /** Regular expressions; "" for any. */
  NodeFilter: string;
  ServiceFilter: string;
  TagFilter: string;
  Version: number;
  /** The how manyth event of its datacenter. */
  LTime: number;
}

export type NewEvent = Omit<UserEvent, 'ID' | 'LTime'>;

/** @throws {ApiError} in Consul's words. */
export function parseEvent(name: string, params: URLSearchParams, payload: Uint8Array): NewEvent {
  if (name === '') throw new ApiError(400, 'Missing name');
  const event: NewEvent = {
    Name: name,
    Payload: payload.byteLength > 0 ? payload.toBase64() : null,
    NodeFilter: params.get('node') ?? '',
    ServiceFilter: params.get('service') ?? '',
    TagFilter: params.get('tag') ?? '',
    Version: 1,
  };
  if (event.TagFilter !== '' && event.ServiceFilter === '')
    throw new ApiError(500, 'Cannot provide tag filter without service filter');
  checkRegexp('node', event.NodeFilter);
  checkRegexp('service', event.ServiceFilter);
  checkRegexp('tag', event.TagFilter);
  checkSize(event, payload.byteLength);
  return event;
}

function checkRegexp(what: string, source: string): void {
  try {
    compileRegexp(source);
  } catch (error) {
    if (!(error instanceof RegexpFault)) throw error;
    throw new ApiError(500, `Invalid ${what} filter: error parsing regexp: ${error.message}`);
  }
}

/** What a filter costs beside its text. */
const filterBytes = 4;

/** The size that Consul's gossip would have sent, without what is the same for every event: the name goes twice. */
function checkSize({ Name, NodeFilter, ServiceFilter, TagFilter }: NewEvent, payloadBytes: number): void {
  const filters = [NodeFilter, ServiceFilter, TagFilter].filter((filter) => filter !== '');
  const bytes =
    2 * utf8Bytes(Name) +
    payloadBytes +
    filters.reduce((sum, filter) => sum + utf8Bytes(filter) + filterBytes, 0);
  if (bytes > eventBytesUnencodedMax) throw eventTooLarge();
  if (bytes > eventBytesMax)
    throw new ApiError(500, 'encoded user event exceeds configured limit of 512 bytes after encoding');
}

export const eventTooLarge = () =>
  new ApiError(500, 'user event exceeds configured limit of 512 bytes before encoding');
