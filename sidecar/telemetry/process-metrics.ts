/**
 * What every Prometheus client library tells of its process, under the names that dashboards know.
 *
 * Source: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Series } from './metrics.ts';

const startedAtS = Math.round(performance.timeOrigin / 1_000);
const microsecondsPerS = 1e6;

export function processGauges(): Series<number>[] {
  const openFds = procFds();
  const maxFds = maxOpenFiles();
  return [
    series('process_resident_memory_bytes', process.memoryUsage.rss()),
    series('process_start_time_seconds', startedAtS),
    ...(openFds === undefined ? [] : [series('process_open_fds', openFds)]),
    ...(maxFds === undefined ? [] : [series('process_max_fds', maxFds)]),
  ];
}

export function processCounters(): Series<number>[] {
  const { user, system } = process.cpuUsage();
  return [series('process_cpu_seconds_total', (user + system) / microsecondsPerS)];
}

const series = (Name: string, Value: number): Series<number> => ({ Name, Labels: {}, Value });

/** Undefined where there is no /proc. */
function procFds(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

function maxOpenFiles(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
