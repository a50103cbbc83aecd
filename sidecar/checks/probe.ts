import { formatDuration } from '../../src/shared/duration.ts';
import type { CheckDefinition, Status } from '../../src/shared/model.ts';
import type { Clock } from '../system/clock.ts';
import type { TailBuffer } from './output.ts';
import type { CheckTls } from './tls.ts';

/** What one run of a check found. */
export interface ProbeResult {
  Status: Status;
  Output: string;
  /** Settles when the run has left nothing behind, where that may be later than its result. */
  gone?: Promise<void>;
}

export interface ProbeContext {
  clock: Clock;
  /** Aborted when the time is up or the check is stopped; the probe then ends at once and frees what it holds. */
  signal: AbortSignal;
  /** How long the run may take; the probe only says it, the schedule enforces it. */
  timeoutMs: number;
  outputBytesMax: number;
  /** @throws why it cannot be had. */
  tls(): CheckTls;
}

/**
 * Runs a check once. One function per kind of check. It settles also when aborted; an error it throws means critical,
 * with the error's message as output.
 */
export type Probe = (definition: CheckDefinition, context: ProbeContext) => Promise<ProbeResult>;

export const passing = (Output: string): ProbeResult => ({ Status: 'passing', Output });
export const warning = (Output: string): ProbeResult => ({ Status: 'warning', Output });
export const critical = (Output: string): ProbeResult => ({ Status: 'critical', Output });

/** Exit code 0 is passing, 1 warning, all else critical, as for Nagios plugins. */
export function judgeExit(exitCode: number | null, output: TailBuffer): ProbeResult {
  if (exitCode === 0) return passing(output.describe());
  return exitCode === 1 ? warning(output.describe()) : critical(output.describe());
}

/** Of a command that took too long, with what it wrote until then. */
export function timedOut({ timeoutMs }: ProbeContext, output?: TailBuffer): ProbeResult {
  const why = `Timed out (${formatDuration(timeoutMs)}) running check`;
  const text = output?.describe();
  return critical(text ? `${why}\n\n${text}` : why);
}
