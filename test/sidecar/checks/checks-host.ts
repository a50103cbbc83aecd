import { onTestFinished } from 'vitest';
import {
  type CheckResult,
  Checks,
  type ChecksDependencies,
  type ChecksSettings,
} from '../../../sidecar/checks/checks.ts';
import type { Clock } from '../../../sidecar/system/clock.ts';
import type { Logger } from '../../../sidecar/system/logger.ts';
import type { CheckDefinition } from '../../../src/shared/model.ts';
import { FakeClock } from '../fake-clock.ts';
import { aCheck, someTls } from './probe-context.ts';

/** Without a limit on flapping, with the default one on output. */
const someSettings: ChecksSettings = {
  outputBytesMax: 4096,
  flapLimit: { changesMax: 0, windowMs: 0 },
  discardOutput: false,
  tls: someTls,
};

/**
 * Checks whose reports and log lines are lists; every check is stopped with the test. `settings` are looked up each time, so
 * a test may change them.
 */
export function aHost<C extends Clock = FakeClock>({
  settings = {},
  ...overrides
}: Partial<Omit<ChecksDependencies, 'settings'>> & {
  clock?: C;
  settings?: Partial<ChecksSettings>;
} = {}) {
  const clock = overrides.clock ?? (new FakeClock() as unknown as C);
  const reports: CheckResult[] = [];
  const logged: string[] = [];
  const log = (level: string) => (message: string, fields: object) =>
    void logged.push(`${level} ${message} ${Object.values(fields).join(' ')}`);
  const checks = new Checks({
    random: () => 0,
    logger: { info: log('info'), warn: log('warn') } as unknown as Logger,
    report: (result) => reports.push(result),
    alias: { node: 'n1', checks: () => [], hasService: () => true },
    settings: () => ({ ...someSettings, ...settings }),
    ...overrides,
    clock,
  });
  onTestFinished(() => checks.stopAll());
  const shown = () => reports.map(({ Status, Output }) => `${Status} ${Output}`.trim());
  return { checks, clock, reports, logged, shown };
}

export const ttl = (TTLMs = 10_000): CheckDefinition => aCheck({ TTLMs });
/** What a check shows before its first run. */
export const fresh = { Status: 'critical', Output: '' } as const;
