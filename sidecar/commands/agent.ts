/** `rollcall agent`: starts the agent, tells where everything is, and ends it as the signals say. */
import { rmSync, writeFileSync } from 'node:fs';
import { Agent } from '../agent/agent.ts';
import type { AgentConfig } from '../config/agent-config.ts';
import { agentFlags, type ConfigSources, configSources } from '../config/agent-flags.ts';
import { ConfigWatch } from '../config/config-watch.ts';
import { parseFlags } from '../config/flags.ts';
import { readHostFacts } from '../config/host-facts.ts';
import { formatOf } from '../config/load.ts';
import { loadAgentConfig } from '../config/load-agent-config.ts';
import type { ResolvedConfig } from '../config/resolve.ts';
import { keepProcess, systemClock } from '../system/clock.ts';
import { keepHeapSmall } from '../system/heap-size.ts';
import { LogFile } from '../system/log-file.ts';
import { type Logger, type LogSink, makeLogger } from '../system/logger.ts';
import { takeSupervisor } from '../system/supervisor.ts';
import { banner } from './banner.ts';
import type { Command } from './command.ts';
import { commandHelp } from './help.ts';

export const agentCommand: Command = {
  name: 'agent',
  flags: agentFlags,
  summary: 'Runs the sidecar of a host, and with -dev or -server an edge beside it',
  async run(argv) {
    const { values, args, help } = parseFlags(agentFlags, argv);
    if (help) {
      process.stdout.write(
        commandHelp('agent [flags]', `${agentCommand.summary}.`, agentFlags, {
          examples: [
            ['Try everything on this machine; nothing is kept', 'agent -dev'],
            ['An edge of your own', 'agent -server -data-dir=/var/lib/rollcall -bind=10.0.0.5'],
            [
              'A host that joins it',
              'agent -retry-join=10.0.0.5 -token=… -data-dir=/var/lib/rollcall -config-dir=/etc/rollcall.d',
            ],
          ],
        }),
      );
      return 0;
    }
    if (args.length > 0)
      throw new Error(`unexpected argument ${JSON.stringify(args[0])}: flags begin with "-"`);
    return runAgent(configSources(values), () => loadAgentConfig(values, process.env, readHostFacts()));
  },
};

/** How the agent was told to end: with its host leaving the catalog, or as if it might come back soon. */
type Ending = 'leave' | 'stop' | 'give up';

async function runAgent(sources: ConfigSources, load: () => ResolvedConfig): Promise<number> {
  keepHeapSmall(systemClock);
  let latest = load();
  const { config, warnings } = latest;
  const sink = openLog(config);
  const logger = makeLogger('agent', sink, systemClock);
  for (const warning of warnings) logger.warn(warning);
  let end: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => {
    end = resolve;
  });
  const supervisor = takeSupervisor(process.env, process.pid, { clock: systemClock, logger });
  const agent = new Agent({
    config,
    readConfig: () => {
      latest = load();
      return latest;
    },
    logger,
    sink,
    supervisor,
    left: () => end('stop'),
    gaveUp: (reason) => {
      logger.error('no edge was joined within retry_max times retry_interval', { reason });
      end('give up');
    },
  });
  listenToSignals(config, end, () => reload(agent, logger));
  // As Consul does. Without a listener Node would open a door for debuggers.
  process.on('SIGUSR1', () => void process.stderr.write(agent.dumpMetrics()));
  // An agent that waits for its edge, and listens nowhere yet or at all, has nothing else that would.
  const releaseProcess = keepProcess();
  const watch = watchFiles(
    sources,
    () => latest.config,
    logger,
    () => reload(agent, logger),
  );
  let removePidFile = () => {};
  try {
    if (config.autoReload) watch.start();
    const summary = await agent.start();
    removePidFile = await writePidFile(config.pidFile, agent);
    process.stdout.write(banner(summary));
    const ending = await ended;
    await finish(agent, ending, logger);
    return ending === 'give up' ? 1 : 0;
  } finally {
    watch.stop();
    releaseProcess();
    removePidFile();
  }
}

/**
 * Only once the agent has started: until then the file may be that of another, which has the data directory. Gives what
 * takes it away again. @throws where it cannot be written, and the agent has then stopped.
 */
async function writePidFile(path: string, agent: Agent): Promise<() => void> {
  if (path === '') return () => {};
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    await agent.stop();
    throw new Error(`pid_file ${path} cannot be written: ${(error as Error).message}`);
  }
  return () => rmSync(path, { force: true });
}

/** The config files, and those of certificates that they name. */
function watchFiles(
  { paths, format }: ConfigSources,
  latest: () => AgentConfig,
  logger: Logger,
  changed: () => void,
): ConfigWatch {
  return new ConfigWatch({
    paths: () => [...paths, ...tlsFiles(latest())],
    isConfig: (name) => format !== undefined || formatOf(name) !== undefined,
    clock: systemClock,
    changed,
    failed: (reason) => logger.warn('changes of config files are not seen', { reason }),
  });
}

const tlsFiles = ({ tls }: AgentConfig): string[] =>
  [tls.edge, tls.https]
    .flatMap(({ caFile, certFile, keyFile }) => [caFile, certFile, keyFile])
    .filter((path) => path !== '');

/** Standard error, and a file where one is configured. @throws when that cannot be opened. */
function openLog({ logLevel, logJson, logFile, ...config }: AgentConfig): LogSink {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  if (logFile === '') return { level: logLevel, json: logJson, write: say };
  const file = new LogFile({
    path: logFile,
    rotateBytes: config.logRotateBytes,
    rotateMs: config.logRotateMs,
    filesMax: config.logRotateFilesMax,
    clock: systemClock,
    failed: (reason) => say(`the log file cannot be written: ${reason}`),
  });
  const write = (line: string) => {
    say(line);
    file.write(line);
  };
  return { level: logLevel, json: logJson, write };
}

async function finish(agent: Agent, ending: Ending, logger: Logger): Promise<void> {
  logger.info(ending === 'leave' ? 'leaves the catalog and stops' : 'stops');
  if (ending === 'leave') await agent.leave();
  await agent.stop();
}

/** Consul's meaning of each signal; the second of a kind that ends the agent ends it at once. */
function listenToSignals(config: AgentConfig, end: (ending: Ending) => void, reloadNow: () => void): void {
  let ending = false;
  const endWith = (how: Ending) => () => {
    if (ending) process.exit(1);
    ending = true;
    end(how);
  };
  process.on('SIGINT', endWith(config.skipLeaveOnInterrupt ? 'stop' : 'leave'));
  process.on('SIGTERM', endWith(config.leaveOnTerminate ? 'leave' : 'stop'));
  process.on('SIGHUP', reloadNow);
}

function reload(agent: Agent, logger: Logger): void {
  try {
    agent.reload();
  } catch (error) {
    logger.error('the configuration is not reloaded, nothing has changed', {
      reason: (error as Error).message,
    });
  }
}
