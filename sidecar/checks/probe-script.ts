import { formatDuration } from '../../src/shared/duration.ts';
import { critical, type Probe, passing, warning } from './probe.ts';
import { runCommand } from './run-command.ts';

/** Exit code 0 is passing, 1 warning, all else critical, as for Nagios plugins. The output is the end of what it wrote. */
export const probeScript: Probe = async (definition, context) => {
  const { exitCode, output, timedOut, gone } = await runCommand(definition.Args!, context);
  const text = output.describe();
  if (timedOut) {
    const why = `Timed out (${formatDuration(context.timeoutMs)}) running check`;
    return { ...critical(text ? `${why}\n\n${text}` : why), gone };
  }
  if (exitCode === 0) return passing(text);
  return exitCode === 1 ? warning(text) : critical(text);
};
