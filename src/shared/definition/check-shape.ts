/**
 * The keys of a check, as API bodies and config files spell them. What the keys mean is documented in
 * {@link CheckDefinition}; the kinds of check and their rules are in check-definition.ts.
 *
 * Source: https://developer.hashicorp.com/consul/docs/reference/service/health-check.
 */
import {
  anything,
  boolean,
  duration,
  integer,
  mapOf,
  type ReadOf,
  string,
  stringList,
  stringNamed,
  struct,
} from './shape.ts';

const checkId = stringNamed('types.CheckID');

/** What every spelling of a check has. */
const checkFields = {
  Name: string,
  Notes: string,
  Status: string,
  ServiceID: string,
  Args: stringList,
  ScriptArgs: stringList,
  HTTP: string,
  Method: string,
  Header: mapOf(stringList),
  Body: string,
  DisableRedirects: boolean,
  TCP: string,
  TCPUseTLS: boolean,
  UDP: string,
  GRPC: string,
  GRPCUseTLS: boolean,
  H2PING: string,
  H2PingUseTLS: boolean,
  DockerContainerID: string,
  Shell: string,
  AliasNode: string,
  AliasService: string,
  OSService: string,
  TLSServerName: string,
  TLSSkipVerify: boolean,
  TTL: duration,
  Interval: duration,
  Timeout: duration,
  DeregisterCriticalServiceAfter: duration,
  OutputMaxSize: integer,
  SuccessBeforePassing: integer,
  FailuresBeforeWarning: integer,
  FailuresBeforeCritical: integer,
};

/** Consul fills these when it exposes a check through a mesh proxy; a body that carries them back is accepted. */
const exposedThroughProxy = { ProxyHTTP: anything, ProxyGRPC: anything };

/** A `Check` or an element of `Checks` in a service registration. Its ID is called `CheckID`. */
export const serviceCheckShape = struct(
  'structs.CheckType',
  { CheckID: checkId, ...checkFields, ...exposedThroughProxy },
  { opaque: true },
);

/** The body of `/v1/agent/check/register`. Its ID is called `ID`. */
export const checkRegistrationShape = struct(
  'structs.CheckDefinition',
  { ID: checkId, Token: string, ...checkFields },
  { opaque: true },
);

/** A check in a config file, alone or in a service: `id` and, beyond Consul, `check_id`. */
export const configCheckShape = struct('structs.CheckDefinition', {
  ID: checkId,
  CheckID: checkId,
  Token: string,
  ...checkFields,
});

export type WrittenCheck = ReadOf<typeof configCheckShape>;

/** The body of `/v1/agent/check/update/:id`. */
export const checkUpdateShape = struct('agent.checkUpdate', { Status: string, Output: string });
