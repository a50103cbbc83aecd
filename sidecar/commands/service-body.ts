/** Services of config files, as the body of a registration over HTTP says them. */
import type { WrittenCheck } from '../../src/shared/definition/check-shape.ts';
import type { WrittenService } from '../../src/shared/definition/service-shape.ts';
import { loadConfigFiles } from '../config/load.ts';
import { mergeConfigs } from '../config/merge.ts';

/** @throws {ConfigError} for what cannot be read. */
export function loadServices(paths: string[]): WrittenService[] {
  const warn = (message: string) => void process.stderr.write(`${message}\n`);
  return mergeConfigs(loadConfigFiles(paths, undefined, warn)).services ?? [];
}

export function serviceBody({ Token, Check, Checks, Weights, ...service }: WrittenService): object {
  return {
    ...service,
    ...(Weights && { Weights: { Passing: 1, Warning: 1, ...Weights } }),
    ...(Check && { Check: checkBody(Check) }),
    ...(Checks && { Checks: Checks.map(checkBody) }),
  };
}

const durations = ['Interval', 'Timeout', 'TTL', 'DeregisterCriticalServiceAfter'] as const;

function checkBody({ ID, CheckID = ID, Token, ...check }: WrittenCheck): object {
  const written = durations.flatMap((key) => (check[key] === undefined ? [] : [[key, `${check[key]}ms`]]));
  return { ...check, ...(CheckID && { CheckID }), ...Object.fromEntries(written) };
}
