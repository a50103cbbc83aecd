/**
 * Runs a command inside a container. Exit codes and output are judged as a script's. A command that takes too long is left
 * to itself, for the engine has no way to end it; as long as it runs no other is started beside it.
 */
import type { CheckDefinition } from '../../src/shared/model.ts';
import { DockerEngine } from './docker-engine.ts';
import { DockerOutput } from './docker-output.ts';
import { critical, judgeExit, type Probe, type ProbeContext, type ProbeResult, timedOut } from './probe.ts';

const dockerHostDefault = 'unix:///var/run/docker.sock';

/** A command that was not seen to end, and what was said of it. */
interface LeftCommand {
  id: string;
  result: ProbeResult;
}

/** @param dockerHost as in the environment variable DOCKER_HOST. */
export function makeDockerProbe(dockerHost: string | undefined): Probe {
  const left = new WeakMap<CheckDefinition, LeftCommand>();
  return async (definition, context) => {
    const engine = new DockerEngine(dockerHost || dockerHostDefault, context);
    const container = definition.DockerContainerID!;
    const output = new DockerOutput(context.outputBytesMax);
    const before = left.get(definition);
    let id: string | undefined;
    try {
      if (before && (await engine.isRunning(container, before.id))) return before.result;
      left.delete(definition);
      id = await engine.createExec(container, definition.Args ?? []);
      await engine.startExec(container, id, output);
      return judgeExit(await engine.exitCode(container, id), output.tail);
    } catch (error) {
      const result = failedResult(error as Error, context, output);
      if (id !== undefined) left.set(definition, { id, result });
      return result;
    }
  };
}

const failedResult = (error: Error, context: ProbeContext, { tail }: DockerOutput): ProbeResult =>
  context.signal.aborted ? timedOut(context, tail) : critical(error.message);
