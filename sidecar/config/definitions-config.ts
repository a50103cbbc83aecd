import { formatDuration } from '../../src/shared/duration.ts';
import { checkOutputBytesMax, checkOutputBytesMaxMax } from '../../src/shared/limits.ts';
import { makeChecks, makeServices, refuseScripts } from './definitions.ts';
import type { HostFacts } from './host-facts.ts';
import type { FileConfig } from './schema.ts';
import { makeWatchDefinition, WatchError, type WrittenWatch } from './watch-definition.ts';

const minuteMs = 60_000;

/** Services, checks and watches, and what holds for all checks. */
export function resolveDefinitions(
  written: FileConfig,
  host: HostFacts,
  warn: (message: string) => void,
  refuse: (fault: string) => void,
) {
  const services = makeServices(written.services ?? [], warn, refuse);
  const checks = makeChecks(written.checks ?? [], warn, refuse);
  const enableScriptChecks = written.enable_script_checks ?? false;
  const enableLocalScriptChecks = written.enable_local_script_checks ?? false;
  if (!enableScriptChecks && !enableLocalScriptChecks) refuseScripts(services, checks, refuse);
  return {
    services,
    checks,
    watches: (written.watches ?? []).flatMap((watch, i) => resolveWatch(watch, i, refuse)),
    enableScriptChecks,
    enableLocalScriptChecks,
    checkUpdateIntervalMs: written.check_update_interval ?? 5 * minuteMs,
    checkOutputBytesMax: resolveOutputBytesMax(written.check_output_max_size, refuse),
    checkFlapLimit: resolveFlapLimit(written.check_flap_limit, refuse),
    discardCheckOutput: written.discard_check_output ?? false,
    checkTls: resolveCheckTls(written, host),
  };
}

function resolveCheckTls(
  { enable_agent_tls_for_checks: asAgent = false, server_name: serverName, node_name: nodeName }: FileConfig,
  host: HostFacts,
) {
  return { asAgent, serverName: asAgent ? serverName || nodeName || host.name : '' };
}

function resolveOutputBytesMax(value = checkOutputBytesMax, refuse: (fault: string) => void): number {
  if (value > checkOutputBytesMaxMax)
    refuse(`check_output_max_size is ${value}, the limit is ${checkOutputBytesMaxMax}`);
  return atLeast(1, 'check_output_max_size', value, refuse);
}

function resolveFlapLimit(
  { changes = 0, window = 5 * minuteMs }: NonNullable<FileConfig['check_flap_limit']> = {},
  refuse: (fault: string) => void,
) {
  if (window <= 0) refuse(`check_flap_limit.window must be above 0, got ${formatDuration(window)}`);
  return { changesMax: atLeast(0, 'check_flap_limit.changes', changes, refuse), windowMs: window };
}

function resolveWatch(watch: WrittenWatch, position: number, refuse: (fault: string) => void) {
  try {
    return [makeWatchDefinition(watch)];
  } catch (error) {
    if (!(error instanceof WatchError)) throw error;
    refuse(`watches[${position}]: ${error.message}`);
    return [];
  }
}

function atLeast(min: number, key: string, value: number, refuse: (fault: string) => void): number {
  if (value < min) refuse(`${key} must be at least ${min}, got ${value}`);
  return value;
}
