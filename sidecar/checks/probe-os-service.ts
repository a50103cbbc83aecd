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
    if (exitCode === 0) return passing(`Service "${unit}" is healthy`);
    const state = String(output).trim();
    if (stoppedStates.includes(state)) return critical(`service status: ${state} - OS Service unhealthy`);
    return warning(`service status: ${state}`);
  } catch (error) {
    return warning(`error querying service status: ${(error as Error).message}`);
  }
};
