import { judgeExit, type Probe, timedOut } from './probe.ts';
import { runCommand } from './run-command.ts';

/** The output is the end of what it wrote. */
export const probeScript: Probe = async (definition, context) => {
  const { exitCode, output, timedOut: late, gone } = await runCommand(definition.Args!, context);
  return late ? { ...timedOut(context, output), gone } : judgeExit(exitCode, output);
};
