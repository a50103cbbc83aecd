/**
 * This host as it declares itself: its services and checks, the runs of its checks, and both on disk where there is a data
 * directory.
 */
import type { CatalogReader } from '../../src/shared/catalog-reader.ts';
import type { CheckDefinition } from '../../src/shared/model.ts';
import { type CheckResult, Checks, type ChecksSettings } from '../checks/checks.ts';
import type { AliasSource } from '../checks/probe-alias.ts';
import type { AgentConfig } from '../config/agent-config.ts';
import { ChangeSignal } from '../local/change-signal.ts';
import { Declarations } from '../local/declarations.ts';
import { type ApiDefinitions, isStillOfApi, selectApiDefinitions } from '../local/definition-change.ts';
import { type CheckRunner, LocalState } from '../local/local-state.ts';
import { SavedState } from '../local/saved-state.ts';
import type { Clock } from '../system/clock.ts';
import type { Logger } from '../system/logger.ts';
import type { Random } from '../system/random.ts';
import { checkMeter } from '../telemetry/agent-metrics.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { makeCheckTls } from './check-tls.ts';

export interface HostOptions {
  config: AgentConfig;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
  /** Something of this host moved. */
  changed(): void;
  /** Other hosts, for checks that are aliases of theirs. */
  catalog(): CatalogReader | undefined;
}

/** The last result is worth little and comes often: it is on disk a moment later. */
const resultsSaveDelayMs = 1_000;

export class Host {
  readonly local: LocalState;
  readonly checks: Checks;
  readonly declarations: Declarations;
  /** For those who wait for a change of what is declared here. */
  readonly changes = new ChangeSignal();
  readonly #options: HostOptions;
  readonly #saved: SavedState | undefined;
  #settings: ChecksSettings;
  #cancelSave: (() => void) | undefined;
  /** Why results cannot be saved at present: said once, for they are tried every second. */
  #saveFault = '';

  /** Runs its checks from now on. @throws what the disk says. */
  constructor(options: HostOptions) {
    const { config, clock, random, logger, metrics } = options;
    const countRun = checkMeter(metrics);
    this.#options = options;
    this.#settings = checksSettings(config);
    this.#saved = config.dataDir === '' ? undefined : new SavedState(config.dataDir, logger.named('local'));
    this.checks = new Checks({
      clock,
      random,
      logger: logger.named('checks'),
      report: (result) => {
        countRun(result.Status);
        this.local.report(result);
        this.#noteTtl(result);
      },
      alias: this.#aliasSource(),
      settings: () => this.#settings,
    });
    const remembered = this.#saved?.loadResults(clock.nowMs());
    this.local = new LocalState(this.#runner(), () => this.#changed(), remembered);
    this.declarations = new Declarations(this.local, this.#saved?.definitions);
    this.#declare();
  }

  /** Brings in what the files declare now. */
  reload(config: AgentConfig): void {
    const before = selectApiDefinitions(this.local);
    this.local.reload(config.services, config.checks);
    this.#settings = checksSettings(config);
    this.#forgetLost(before);
  }

  /** When what the API is declaring is on disk or refused: nothing is written afterwards. */
  async stop(): Promise<void> {
    await this.declarations.settled();
    this.#saveResults();
    this.#cancelSave?.();
    this.#saved?.close();
    this.checks.stopAll();
  }

  #declare(): void {
    const saved = this.#saved?.definitions.load() ?? { Services: [], Checks: [] };
    for (const service of saved.Services) this.local.addService(service, 'api');
    // Before the API's checks, for these may be about a service that a file declares.
    const { services, checks } = this.#options.config;
    this.local.reload(services, checks);
    this.local.restoreChecks(saved.Checks.filter((check) => this.#mayRun(check)));
    this.#forgetLost(saved);
    // It was all said in an earlier life, or there is nothing in the catalog yet that could override it.
    for (const service of this.local.services.values()) service.tagsPending = false;
  }

  /**
   * What the API declared `before` and does not declare any more is not to come back with a later start, when the file that
   * took it over is gone.
   */
  #forgetLost(before: ApiDefinitions): void {
    this.#saved?.definitions.rewriteNext();
    if (isStillOfApi(this.local, before)) return;
    this.declarations.keep().catch(({ message: reason }: Error) => {
      this.#options.logger.error('what files took over from the API cannot be saved', { reason });
    });
  }

  /** What came over the network runs no program where that is not allowed any more. */
  #mayRun({ CheckID, Args }: CheckDefinition): boolean {
    const { config, logger } = this.#options;
    if (config.enableScriptChecks || !Args?.length) return true;
    logger.error('a check of the API is not restored, for it runs a program: see enable_script_checks', {
      check: CheckID,
    });
    return false;
  }

  #changed(): void {
    this.changes.fire();
    this.#options.changed();
    this.#saveResultsLater();
  }

  #saveResultsLater(): void {
    this.#cancelSave ??= this.#options.clock.after(resultsSaveDelayMs, () => this.#saveResults());
  }

  #saveResults(): void {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    const isSaved = this.#save((saved, nowMs) =>
      saved.saveResults(this.local, (checkId) => this.checks.ttlExpiresAtMs(checkId), nowMs),
    );
    if (!isSaved || this.#saveFault === '') return;
    this.#saveFault = '';
    this.#options.logger.info('the results of checks are saved again');
  }

  /** The runs of checks; one that ends takes its result along, also if the agent is killed before all are saved. */
  #runner(): CheckRunner {
    return {
      start: (definition, last, ttlRemainingMs) => this.checks.start(definition, last, ttlRemainingMs),
      stop: (checkId) => {
        this.checks.stop(checkId);
        this.#note((saved) => saved.noteGone(checkId));
      },
    };
  }

  /** Also when it is what the check shows already: it has another TTL to live. */
  #noteTtl({ CheckID, ...last }: CheckResult): void {
    const expiresAtMs = this.checks.ttlExpiresAtMs(CheckID);
    if (expiresAtMs === undefined) return;
    this.#note((saved, nowMs) => saved.noteTtl(CheckID, last, expiresAtMs, nowMs));
  }

  #note(action: (saved: SavedState, nowMs: number) => boolean): void {
    this.#save((saved, nowMs) => {
      if (action(saved, nowMs)) this.#saveResultsLater();
    });
  }

  /**
   * False if it could not be done: a disk that refuses is no reason not to know how the services are. Until there is room,
   * all results are tried again and again.
   */
  #save(action: (saved: SavedState, nowMs: number) => void): boolean {
    const { clock, logger } = this.#options;
    try {
      if (this.#saved) action(this.#saved, clock.nowMs());
      return true;
    } catch (error) {
      const reason = (error as Error).message;
      if (reason !== this.#saveFault) logger.error('the results of checks cannot be saved', { reason });
      this.#saveFault = reason;
      this.#saveResultsLater();
      return false;
    }
  }

  #aliasSource(): AliasSource {
    const { config, catalog } = this.#options;
    const isHere = (node: string) => node === '' || node.toLowerCase() === config.nodeName.toLowerCase();
    return {
      node: config.nodeName,
      checks: (node) => (isHere(node) ? this.#ownChecks() : (catalog()?.nodeChecks(node) ?? [])),
      hasService: (node, id) =>
        isHere(node)
          ? this.local.services.has(id)
          : (catalog()?.nodeServices(node) ?? []).some(({ ID }) => ID === id),
    };
  }

  #ownChecks() {
    return [...this.local.checks.values()].map(({ definition, Status, Output }) => ({
      CheckID: definition.CheckID,
      Name: definition.Name,
      ServiceID: definition.ServiceID,
      Status,
      Output,
    }));
  }
}

const checksSettings = (config: AgentConfig): ChecksSettings => ({
  outputBytesMax: config.checkOutputBytesMax,
  flapLimit: config.checkFlapLimit,
  discardOutput: config.discardCheckOutput,
  tls: makeCheckTls(config, process.env),
});
