/**
 * Runs a command inside a container over the Docker Engine API: create an exec, start it, read its output, ask for its
 * exit code. Exit codes and output are judged as a script's. A command that takes too long is left to itself, for the
 * API has no way to end it.
 *
 * Source: https://docs.docker.com/reference/api/engine/ (Exec).
 */
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { formatDuration } from '../../src/shared/duration.ts';
import { DockerOutput } from './docker-output.ts';
import { describeSystemError } from './go-error.ts';
import { onAbort } from './on-abort.ts';
import { TailBuffer } from './output.ts';
import { critical, type Probe, type ProbeContext, passing, warning } from './probe.ts';

const dockerHostDefault = 'unix:///var/run/docker.sock';
/** Answers that are not a command's output are short; of a longer one the end is kept. */
const answerBytesMax = 65_536;

type Where = Pick<RequestOptions, 'socketPath' | 'host' | 'port'>;

interface Answer {
  code: number;
  body: TailBuffer;
}

/** @param dockerHost "unix:///path" or "tcp://host:port", as in the environment variable DOCKER_HOST. */
export function makeDockerProbe(dockerHost: string | undefined): Probe {
  return async (definition, context) => {
    const engine = new DockerEngine(parseDockerHost(dockerHost || dockerHostDefault), context.signal);
    try {
      const container = definition.DockerContainerID!;
      const id = await engine.createExec(container, definition.Args ?? []);
      const output = await engine.startExec(container, id, context.outputBytesMax);
      const exitCode = await engine.exitCode(container, id);
      if (exitCode === 0) return passing(output.describe());
      return exitCode === 1 ? warning(output.describe()) : critical(output.describe());
    } catch (error) {
      if (context.signal.aborted) return timedOut(context);
      throw error;
    }
  };
}

const timedOut = ({ timeoutMs }: ProbeContext) =>
  critical(`Timed out (${formatDuration(timeoutMs)}) running check`);

function parseDockerHost(dockerHost: string): Where {
  const [scheme, rest = ''] = dockerHost.split('://');
  if (scheme === 'unix') return { socketPath: rest };
  if (scheme !== 'tcp' || !URL.canParse(`http://${rest}`)) {
    throw new Error(`unable to parse docker host \`${dockerHost}\``);
  }
  const { hostname, port } = new URL(`http://${rest}`);
  return { host: hostname, port };
}

class DockerEngine {
  readonly #where: Where;
  readonly #signal: AbortSignal;

  constructor(where: Where, signal: AbortSignal) {
    this.#where = where;
    this.#signal = signal;
  }

  async createExec(container: string, Cmd: string[]): Promise<string> {
    const path = `/containers/${encodeURIComponent(container)}/exec`;
    const { code, body } = await this.#call('POST', path, { AttachStdout: true, AttachStderr: true, Cmd });
    if (code === 201) return JSON.parse(String(body)).Id;
    if (code === 404) throw new Error(`create exec failed for unknown container ${container}`);
    if (code === 409) throw new Error(`create exec failed since container ${container} is paused or stopped`);
    throw new Error(`create exec failed for container ${container} with status ${code}: ${body}`);
  }

  async startExec(container: string, id: string, bytesMax: number): Promise<TailBuffer> {
    const output = new DockerOutput(bytesMax);
    const { code, body } = await this.#call(
      'POST',
      `/exec/${id}/start`,
      { Detach: false, Tty: false },
      output,
    );
    if (code === 200) return output.tail;
    if (code === 404) throw new Error(`start exec failed for container ${container}: invalid exec id ${id}`);
    if (code === 409) throw new Error(`start exec failed since container ${container} is paused or stopped`);
    throw new Error(`start exec failed for container ${container} with status ${code}: body: ${body}`);
  }

  async exitCode(container: string, id: string): Promise<number> {
    const { code, body } = await this.#call('GET', `/exec/${id}/json`);
    if (code === 200) return endedWith(JSON.parse(String(body)));
    if (code === 404)
      throw new Error(`inspect exec failed for container ${container}: invalid exec id ${id}`);
    throw new Error(`inspect exec failed for container ${container} with status ${code}: ${body}`);
  }

  /** @param output takes the body of an answer 200 instead of `body`. */
  #call(method: string, path: string, json?: object, output?: DockerOutput): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = json ? { 'content-type': 'application/json' } : {};
      const sent = request({ ...this.#where, method, path, headers, agent: false }, (response) => {
        readAnswer(response, output).then(resolve, () => reject(new Error('unexpected EOF')));
      });
      sent.on('error', (error) => reject(new Error(this.#describe(error))));
      onAbort(this.#signal, () => sent.destroy());
      sent.end(json && JSON.stringify(json));
    });
  }

  #describe(error: Error): string {
    const { socketPath, host, port } = this.#where;
    const where = socketPath ? `unix ${socketPath}` : `tcp ${host}:${port}`;
    return `cannot connect to the Docker daemon: dial ${where}: connect: ${describeSystemError(error)}`;
  }
}

/** A connection that broke while there was output left to come has said nothing of how the command ended. */
function endedWith({ ExitCode, Running }: { ExitCode: number | null; Running?: boolean }): number {
  if (Running || ExitCode === null) throw new Error('unexpected EOF');
  return ExitCode;
}

/**
 * The engine is known to reset the connection once it has sent all output, so where that ends is no fault yet: whether the
 * command has ended is asked next.
 */
async function readAnswer(response: IncomingMessage, output?: DockerOutput): Promise<Answer> {
  const code = response.statusCode!;
  const body = new TailBuffer(answerBytesMax);
  const isOutput = code === 200 && output !== undefined;
  const sink = isOutput ? output : body;
  try {
    for await (const chunk of response) sink.write(chunk);
  } catch (error) {
    if (!isOutput) throw error;
  }
  return { code, body };
}
