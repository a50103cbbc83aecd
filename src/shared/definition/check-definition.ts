/**
 * From what a body or a file says about a check to a {@link CheckDefinition}: exactly one kind of check, durations in
 * milliseconds, minimums applied, Consul's rules enforced with Consul's texts.
 */
import { ApiError } from '../api-error.ts';
import { formatDuration } from '../duration.ts';
import { checkIntervalMsMin, deregisterCriticalServiceAfterMsMin } from '../limits.ts';
import type { CheckDefinition, Status } from '../model.ts';
import { checkRegistrationShape, checkUpdateShape, type WrittenCheck } from './check-shape.ts';
import { checkTypeOf, withOneType } from './check-type.ts';
import { decodeBody } from './decode-body.ts';
import { isEmptyValue } from './empty-value.ts';
import { sizeFault } from './size-fault.ts';

/** Receives what was adjusted instead of refused, as one sentence. */
export type Warn = (message: string) => void;

const statuses: readonly string[] = ['passing', 'warning', 'critical'] satisfies Status[];

/** True for the three statuses that an agent's check can have. */
export const isStatus = (text: string): text is Status => statuses.includes(text);

/** The body of `/v1/agent/check/register`. Whether its service exists is for the local state to say. */
export function decodeCheckRegistration(body: unknown, warn: Warn = () => {}): CheckDefinition {
  const written = decodeBody(checkRegistrationShape, body);
  const { Name = '', Status = '' } = written;
  if (Name === '') throw new ApiError(400, 'Missing check name');
  if (Status !== '' && !isStatus(Status)) throw new ApiError(400, 'Bad check status');
  refuseCheckFault(written);
  return makeCheckDefinition(
    written,
    { CheckID: written.ID || Name, Name, ServiceID: written.ServiceID ?? '' },
    warn,
  );
}

/** The body of `/v1/agent/check/update/:id`. */
export function decodeCheckUpdate(body: unknown): { Status: Status; Output: string } {
  const { Status = '', Output = '' } = decodeBody(checkUpdateShape, body);
  if (!isStatus(Status)) throw new ApiError(400, `Invalid check status: '${Status}'`);
  return { Status, Output };
}

/** @throws {ApiError} 400 "Invalid check: …" */
export function refuseCheckFault(written: WrittenCheck): void {
  const fault = checkFault(written);
  if (fault) throw new ApiError(400, `Invalid check: ${fault}`);
}

/** Which rule a check breaks, in Consul's words; undefined if none. */
export function checkFault(written: WrittenCheck): string | undefined {
  return (
    sizeFault({ 'Check name': written.Name, 'Check ID': written.ID ?? written.CheckID }) ?? runFault(written)
  );
}

function runFault(written: WrittenCheck): string | undefined {
  const probe = probeOf(written);
  const isAlias = Boolean(written.AliasNode || written.AliasService);
  const isActive = !['ttl', 'alias'].includes(checkTypeOf({ ...probe, TTLMs: 0 }));
  const [intervalMs, ttlMs] = [written.Interval ?? 0, written.TTL ?? 0];
  if (intervalMs > 0 && ttlMs > 0) return 'Interval and TTL cannot both be specified';
  if (isActive && intervalMs <= 0)
    return 'Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks';
  if (isActive && isAlias) return 'Interval cannot be set for Alias checks';
  if (isAlias && ttlMs > 0) return 'TTL must be not be set for Alias checks';
  if (!isActive && !isAlias && ttlMs <= 0) return 'TTL must be > 0 for TTL checks';
  return countFault(written);
}

function countFault({
  OutputMaxSize = 0,
  FailuresBeforeWarning = 0,
  FailuresBeforeCritical = 0,
}: WrittenCheck) {
  if (OutputMaxSize < 0) return 'MaxOutputMaxSize must be positive';
  if (FailuresBeforeWarning > FailuresBeforeCritical)
    return "FailuresBeforeWarning can't be higher than FailuresBeforeCritical";
  return undefined;
}

/** True for a `"Check": {}`, which Consul takes as no check. */
export const isEmptyCheck = (written: WrittenCheck) => Object.values(written).every(isEmptyValue);

type Identity = Pick<CheckDefinition, 'CheckID' | 'Name' | 'ServiceID'>;

/** The definition of a check that {@link checkFault} has nothing against. */
export function makeCheckDefinition(written: WrittenCheck, identity: Identity, warn: Warn): CheckDefinition {
  const { Status = '', Notes = '', Token = '' } = written;
  const check = withOneType({
    ...identity,
    Notes,
    Status: isStatus(Status) ? Status : ('' as const),
    Token,
    ...probeOf(written),
  });
  raise(check, 'IntervalMs', checkIntervalMsMin, 'interval', warn);
  raise(
    check,
    'DeregisterCriticalServiceAfterMs',
    deregisterCriticalServiceAfterMsMin,
    'deregister interval',
    warn,
  );
  return check;
}

/** How the check is run: the fields of a definition that have no default, under the definition's names. */
function probeOf(written: WrittenCheck): Partial<CheckDefinition> {
  const { ID, CheckID, Name, Notes, Status, ServiceID, Token, ScriptArgs, ...probe } = written;
  const { TTL, Interval, Timeout, DeregisterCriticalServiceAfter, ...rest } = probe;
  const args = ScriptArgs?.length ? ScriptArgs : written.Args;
  return {
    ...rest,
    ...(args?.length && { Args: args }),
    ...(written.H2PING && { H2PingUseTLS: written.H2PingUseTLS ?? true }),
    ...positive('TTLMs', TTL),
    ...positive('IntervalMs', Interval),
    ...positive('TimeoutMs', Timeout),
    ...positive('DeregisterCriticalServiceAfterMs', DeregisterCriticalServiceAfter),
  };
}

const positive = (field: string, ms: number | undefined) =>
  ms !== undefined && ms > 0 ? { [field]: ms } : {};

function raise(
  check: CheckDefinition,
  field: 'IntervalMs' | 'DeregisterCriticalServiceAfterMs',
  msMin: number,
  what: string,
  warn: Warn,
): void {
  const ms = check[field];
  if (ms === undefined || ms >= msMin) return;
  check[field] = msMin;
  const key = what.replace(' ', '_');
  const raised = `${key}=${formatDuration(ms)} minimum_${key}=${formatDuration(msMin)}`;
  warn(`check has ${what} below minimum: check=${check.CheckID} ${raised}`);
}
