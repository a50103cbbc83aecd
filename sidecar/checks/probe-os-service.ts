import { critical, type Probe, passing, timedOut, warning } from './probe.ts';
import { runCommand } from './run-command.ts';

/** What systemd calls a unit that is not running and not about to. */
const stoppedStates = ['inactive', 'failed', 'dead'];

/**
 * The state of a systemd unit: active is passing, stopped is critical. Between the two, or when systemd cannot be asked,
 * the check does not know and is a warning.
 */
export const probeOsService: Probe = async (definition, context) => {
  const unit = definition.OSService!;
  try {
    const command = ['systemctl', 'is-active', '--', unit];
    const { exitCode, output, timedOut: late, gone } = await runCommand(command, context);
    if (late) return { ...timedOut(context), gone };
    // A line for each unit of a pattern, and before it what systemctl thinks of an odd name.
    const states = String(output).trim().split('\n');
    const stopped = states.find((state) => stoppedStates.includes(state));
    if (stopped) return critical(`service status: ${stopped} - OS Service unhealthy`);
    if (exitCode === 0) return passing(`Service "${unit}" is healthy`);
    return warning(`service status: ${states.join('\n') || 'no such unit'}`);
  } catch (error) {
    return warning(`error querying service status: ${(error as Error).message}`);
  }
};
