/**
 * Runs the checks of this host. Each check is either on a {@link Schedule}, which calls the probe of its kind, or a
 * {@link TtlCheck}, which waits to be told. What they find goes to `report`; whether it is news is for the receiver to
 * say. After `stop` nothing of a check is left: no timer, no socket, no child process, no late report.
 */
import { createSecureContext } from 'node:tls';
import { ApiError } from '../../src/shared/api-error.ts';
import { checkType, type DefinedCheckType } from '../../src/shared/check-type.ts';
import { formatDuration } from '../../src/shared/duration.ts';
import {
  checkIntervalMsMin,
  checkOutputBytesMax,
  checkTimeoutMsDefault,
  scriptTimeoutMsDefault,
} from '../../src/shared/limits.ts';
import type { CheckDefinition, Status } from '../../src/shared/model.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';
import type { Random } from '../system/random.ts';
import { Beats, beatMsOf } from './beats.ts';
import { type FlapLimit, nextFlap, noFlaps } from './flapping.ts';
import type { Probe, ProbeResult } from './probe.ts';
import { type AliasSource, aliasIntervalMs, makeAliasProbe } from './probe-alias.ts';
import { makeDockerProbe } from './probe-docker.ts';
import { probeGrpc } from './probe-grpc.ts';
import { probeH2Ping } from './probe-h2ping.ts';
import { probeHttp } from './probe-http.ts';
import { probeOsService } from './probe-os-service.ts';
import { probeScript } from './probe-script.ts';
import { probeTcp } from './probe-tcp.ts';
import { probeUdp } from './probe-udp.ts';
import { Schedule } from './schedule.ts';
import { firstStreak, nextStatus } from './thresholds.ts';
import type { CheckTls } from './tls.ts';
import { TtlCheck } from './ttl.ts';

export interface CheckResult {
  CheckID: string;
  Status: Status;
  Output: string;
}

export interface ChecksDependencies {
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Called for every run and TTL update that has a status, changed or not. A run that a threshold holds back has none. */
  report(result: CheckResult): void;
  alias: AliasSource;
  /** What the agent's configuration says of all checks; asked each time, for a reload may change it. Default: the defaults. */
  settings?: () => ChecksSettings;
}

export interface ChecksSettings {
  /** `check_output_max_size`; a check's own `OutputMaxSize` may only lower it. */
  outputBytesMax: number;
  /** `check_flap_limit`. */
  flapLimit: FlapLimit;
  /** `discard_check_output`. */
  discardOutput: boolean;
  /** `enable_agent_tls_for_checks`. @throws why it cannot be had, which a check that needs it then says. */
  tls(): CheckTls;
}

const settingsDefault = (): ChecksSettings => ({
  outputBytesMax: checkOutputBytesMax,
  flapLimit: { changesMax: 0, windowMs: 0 },
  discardOutput: false,
  tls: () => ({ context: createSecureContext(), serverName: '' }),
});

type ProbedType = Exclude<DefinedCheckType, 'ttl'>;

const noResult = { Status: 'critical' as Status, Output: '' };

export class Checks {
  readonly #dependencies: ChecksDependencies;
  readonly #settings: () => ChecksSettings;
  readonly #probes: Record<ProbedType, Probe>;
  readonly #beats: Beats;
  readonly #running = new Map<string, Schedule | TtlCheck>();

  constructor(dependencies: ChecksDependencies) {
    this.#dependencies = dependencies;
    this.#settings = dependencies.settings ?? settingsDefault;
    this.#beats = new Beats(dependencies.clock);
    this.#probes = {
      alias: makeAliasProbe(dependencies.alias),
      docker: makeDockerProbe(process.env.DOCKER_HOST),
      grpc: probeGrpc,
      h2ping: probeH2Ping,
      http: probeHttp,
      os_service: probeOsService,
      script: probeScript,
      tcp: probeTcp,
      udp: probeUdp,
    };
  }

  /**
   * Starts a check, in place of the one with the same CheckID if there is one.
   *
   * @param last what the check showed until now; a change from it is logged.
   * @param ttlRemainingMs for a TTL check that lived before the process did: when it expires unless updated. It then
   *   says `last.Output` again. 0 or less expires it at once.
   */
  start(
    definition: CheckDefinition,
    last: Omit<CheckResult, 'CheckID'> = noResult,
    ttlRemainingMs?: number,
  ): void {
    this.stop(definition.CheckID);
    const type = checkType(definition);
    if (type === 'maintenance') return;
    const onResult = this.#reporter(definition.CheckID, last.Status);
    this.#running.set(
      definition.CheckID,
      type === 'ttl'
        ? this.#makeTtl(definition, onResult, last.Output, ttlRemainingMs)
        : this.#makeSchedule(type, definition, onResult),
    );
  }

  /** Does nothing if there is no such check. */
  stop(checkId: string): void {
    this.#running.get(checkId)?.stop();
    this.#running.delete(checkId);
  }

  stopAll(): void {
    for (const checkId of this.#running.keys()) this.stop(checkId);
  }

  has(checkId: string): boolean {
    return this.#running.has(checkId);
  }

  /** Keeps a TTL check alive for another TTL and reports its status. @throws {ApiError} 404 unless it is a TTL check. */
  setTtl(checkId: string, status: Status, output: string): void {
    const check = this.#running.get(checkId);
    if (!(check instanceof TtlCheck)) throw unknownCheck(checkId);
    check.set(status, output);
  }

  /** When a TTL check expires, by the host's clock in ms since 1970, to be kept over a restart. None for other checks. */
  ttlExpiresAtMs(checkId: string): number | undefined {
    const check = this.#running.get(checkId);
    return check instanceof TtlCheck ? check.expiresAtMs : undefined;
  }

  #makeTtl(
    definition: CheckDefinition,
    onResult: (result: ProbeResult) => void,
    lastOutput: string,
    remainingMs: number | undefined,
  ): TtlCheck {
    return new TtlCheck(definition, {
      clock: this.#dependencies.clock,
      outputBytesMax: () => this.#outputBytesMax(definition),
      remainingMs: remainingMs ?? definition.TTLMs!,
      lastOutput: remainingMs === undefined ? '' : lastOutput,
      onResult,
    });
  }

  #makeSchedule(
    type: ProbedType,
    definition: CheckDefinition,
    onResult: (result: ProbeResult) => void,
  ): Schedule {
    const { clock, random } = this.#dependencies;
    const intervalMs =
      type === 'alias' ? aliasIntervalMs : Math.max(checkIntervalMsMin, definition.IntervalMs ?? 0);
    const timeoutMs = definition.TimeoutMs || timeoutMsDefault(type);
    const probe = this.#probes[type];
    // What an alias repeats has been weighed where it was found.
    const thresholds = type === 'alias' ? {} : definition;
    let streak = firstStreak;
    return new Schedule({
      clock,
      wait: (delayMs, action) => this.#beats.after(delayMs, beatMsOf(intervalMs), action),
      firstDelayMs: type === 'alias' ? 0 : random() * intervalMs,
      intervalMs,
      timeoutMs,
      run: (signal) =>
        probe(definition, {
          ...{ clock, signal, timeoutMs },
          outputBytesMax: this.#outputBytesMax(definition),
          tls: this.#settings().tls,
        }),
      onResult: ({ Status, Output }) => {
        const next = nextStatus(streak, Status, thresholds);
        streak = next.streak;
        if (next.status) onResult({ Status: next.status, Output });
      },
    });
  }

  #outputBytesMax({ OutputMaxSize }: CheckDefinition): number {
    const { outputBytesMax } = this.#settings();
    return OutputMaxSize ? Math.min(OutputMaxSize, outputBytesMax) : outputBytesMax;
  }

  #reporter(CheckID: string, last: Status): (result: ProbeResult) => void {
    const { logger, report } = this.#dependencies;
    const held = this.#flapGuard(CheckID);
    let shown = last;
    return (result) => {
      const { Status, Output } = held(result);
      if (Status !== shown)
        logger[Status === 'passing' ? 'info' : 'warn'](`check is now ${Status}`, { check: CheckID });
      shown = Status;
      report({ CheckID, Status, Output: this.#settings().discardOutput ? '' : Output });
    };
  }

  /** What of a result is shown: it or, while the check flaps, the worst of late. */
  #flapGuard(check: string): (result: ProbeResult) => ProbeResult {
    const { clock, logger } = this.#dependencies;
    let state = noFlaps;
    let was = false;
    return ({ Status: found, Output }) => {
      const { flapLimit } = this.#settings();
      const { status, flapping, ...next } = nextFlap(state, found, clock.monotonicMs(), flapLimit);
      if (flapping && !was) logger.warn('check is flapping', { check, held: status });
      if (was && !flapping) logger.info('check flaps no more', { check });
      state = next.state;
      was = flapping;
      const { changesMax, windowMs } = flapLimit;
      const why = `Flapping: more than ${changesMax} changes of state within ${formatDuration(windowMs)}`;
      return {
        Status: status,
        Output: flapping ? `${why}, held ${status}, found ${found}.\n${Output}` : Output,
      };
    };
  }
}

const timeoutMsDefault = (type: ProbedType) =>
  ['docker', 'os_service', 'script'].includes(type) ? scriptTimeoutMsDefault : checkTimeoutMsDefault;

const unknownCheck = (checkId: string) =>
  new ApiError(404, `Unknown check ID "${checkId}". Ensure that the check ID is passed, not the check name.`);
