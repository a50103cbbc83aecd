/** What a sidecar sends, from text to message. The edge trusts nothing of it: the tables below are all that comes in. */
import { ApiError, isApiError } from '../api-error.ts';
import type {
  CatalogCheck,
  CatalogDeregistration,
  CatalogRegistration,
  CatalogService,
} from '../catalog-write.ts';
import { uuidFault } from '../definition/uuid-fault.ts';
import { registrationBytesMax, tagsMax } from '../limits.ts';
import type { AgentNode, CatalogOp, Hello, Leave, Next, UpMessage, Write } from './messages.ts';
import { protocolVersion, spokenProtocols } from './version.ts';
import {
  anyObject,
  count,
  derivedName,
  derivedText,
  flag,
  integer,
  listOf,
  mapOf,
  name,
  nullable,
  oneOf,
  optional,
  type Reader,
  record,
  refuse,
  shortText,
  text,
} from './wire-shape.ts';

/** @throws {ApiError} 400 for what is no message of this version, 413 for an op that is too large. */
export function parseUpMessage(json: string): UpMessage {
  const value = parseJson(json);
  const type = typeof value === 'object' && value !== null && 'Type' in value ? value.Type : undefined;
  switch (type) {
    case 'hello':
      refuseOtherVersion(value as { Protocol?: unknown });
      return hello(value, 'hello');
    case 'write':
      return withSmallOps(write(value, 'write'), json.length);
    case 'next':
      return next(value, 'next');
    case 'leave':
      return leave(value, 'leave');
    default:
      throw new ApiError(400, `unknown message ${(JSON.stringify(type) ?? 'without a Type').slice(0, 100)}`);
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new ApiError(400, 'a message is not JSON');
  }
}

/** Asked before anything else: a message of another version may look different in every other way. */
function refuseOtherVersion({ Protocol: theirs }: { Protocol?: unknown }): void {
  if (spokenProtocols.includes(theirs)) return;
  const older = typeof theirs === 'number' && theirs < protocolVersion;
  throw new ApiError(
    400,
    `sync protocol ${JSON.stringify(theirs)} is not spoken here, this edge speaks ${spokenProtocols.join(' and ')}: ` +
      `upgrade the ${older ? 'sidecar' : 'edge'}`,
  );
}

const nodeId: Reader<string> = (value, at) => {
  const id = text(value, at);
  const fault = id && uuidFault(id);
  return fault ? refuse(at, `is no node ID: ${fault}`) : id.toLowerCase();
};
const tags = listOf(text, tagsMax);
const textMap = nullable(mapOf(text));

const agentNode = record<AgentNode>({
  Node: name,
  ID: nodeId,
  Address: shortText,
  TaggedAddresses: textMap,
  NodeMeta: textMap,
  Role: oneOf('client', 'server'),
  ServerPort: count,
  Version: shortText,
});

const service = record<CatalogService>({
  Kind: optional(text),
  ID: name,
  Service: name,
  Tags: tags,
  Address: shortText,
  TaggedAddresses: optional(mapOf(record({ Address: shortText, Port: integer }))),
  Meta: textMap,
  Port: integer,
  SocketPath: optional(text),
  Weights: record({ Passing: integer, Warning: integer }),
  EnableTagOverride: flag,
  Proxy: optional(anyObject),
  Connect: optional(anyObject),
  Locality: optional(mapOf(text)),
});

const check = record<CatalogCheck>({
  Node: shortText,
  CheckID: derivedName,
  Name: derivedText,
  Status: shortText,
  Notes: text,
  Output: text,
  ServiceID: shortText,
  ServiceName: shortText,
  ServiceTags: tags,
  Type: shortText,
  Interval: optional(shortText),
  Timeout: optional(shortText),
  Definition: anyObject,
  DeregisterAfterMs: optional(count),
});

const registration = record<CatalogRegistration>({
  Datacenter: shortText,
  Node: name,
  ID: nodeId,
  Address: shortText,
  TaggedAddresses: textMap,
  NodeMeta: textMap,
  Service: optional(service),
  Checks: listOf(check),
  SkipNodeUpdate: flag,
});

const deregistration = record<CatalogDeregistration>({
  Datacenter: shortText,
  Node: name,
  ServiceID: shortText,
  CheckID: derivedText,
});

const either = record<{ Register?: CatalogRegistration; Deregister?: CatalogDeregistration }>({
  Register: optional(registration),
  Deregister: optional(deregistration),
});

const op: Reader<CatalogOp> = (value, at) => {
  const { Register, Deregister } = either(value, at);
  if (Register && !Deregister) return { Register };
  if (Deregister && !Register) return { Deregister };
  return refuse(at, 'is neither one Register nor one Deregister');
};

/** Why the edge would refuse every message with this op, given as JSON; undefined if it would not. */
export function opFault(json: string): string | undefined {
  const { length } = json;
  if (length > registrationBytesMax)
    return `it is too large for the edge: ${length} characters, the limit is ${registrationBytesMax}`;
  try {
    op(parseJson(json), 'it');
    return undefined;
  } catch (error) {
    if (!isApiError(error)) throw error;
    return error.message;
  }
}

/** One op becomes a row or two, and rows have a limit of their own. */
function withSmallOps(message: Write, messageChars: number): Write {
  if (messageChars <= registrationBytesMax) return message;
  for (const [position, what] of message.Ops.entries()) {
    const { length } = JSON.stringify(what);
    if (length > registrationBytesMax)
      throw new ApiError(
        413,
        `write.Ops[${position}] has ${length} characters, the limit is ${registrationBytesMax}`,
      );
  }
  return message;
}

const hello = record<Hello>({
  Type: oneOf('hello'),
  Protocol: count,
  Agent: optional(agentNode),
  CatalogID: shortText,
  Index: count,
});
const write = record<Write>({ Type: oneOf('write'), ID: count, Ops: listOf(op) });
const next = record<Next>({ Type: oneOf('next'), Cursor: text });
const leave = record<Leave>({ Type: oneOf('leave'), ID: count });
