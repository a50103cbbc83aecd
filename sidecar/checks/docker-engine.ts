/**
 * The Docker Engine API, as far as commands in containers go. It is asked in no version of its own, which is the engine's
 * newest. Errors are in Consul's words.
 *
 * Source: https://docs.docker.com/reference/api/engine/ (Exec).
 */
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { dial } from './dial.ts';
import type { DockerOutput } from './docker-output.ts';
import { describeConnectionError, describeSystemError } from './go-error.ts';
import { onAbort } from './on-abort.ts';
import { TailBuffer } from './output.ts';
import type { ProbeContext } from './probe.ts';

/** Answers that are not a command's output are short; of a longer one the end is kept. */
const answerBytesMax = 65_536;
/** What Go makes of a DOCKER_HOST without a port. */
const portDefault = 80;

interface Place {
  /** As in a URL: of a socket of the file system its path, escaped. */
  authority: string;
  connect(context: EngineContext): Promise<Socket>;
}

type EngineContext = Pick<ProbeContext, 'clock' | 'signal'>;

interface Call {
  /** What an error begins with. */
  failed: string;
  method: 'GET' | 'POST';
  path: string;
  json?: object;
  /** Takes the body of an answer 200. */
  output?: DockerOutput;
}

interface Answer {
  code: number;
  body: TailBuffer;
}

interface ExecState {
  /** Older engines say 0 of one that still runs. */
  ExitCode: number | null;
  Running?: boolean;
}

export class DockerEngine {
  readonly #place: Place;
  readonly #context: EngineContext;

  /** @param dockerHost "unix:///path" or "tcp://host:port", as in the environment variable DOCKER_HOST. */
  constructor(dockerHost: string, context: EngineContext) {
    this.#place = parseDockerHost(dockerHost);
    this.#context = context;
  }

  /** Its ID. */
  async createExec(container: string, Cmd: string[]): Promise<string> {
    const failed = `create exec failed for container ${container}`;
    const path = `/containers/${encodeURIComponent(container)}/exec`;
    const json = { AttachStdout: true, AttachStderr: true, Cmd };
    const { code, body } = await this.#call({ failed, method: 'POST', path, json });
    if (code === 201) return JSON.parse(String(body)).Id;
    if (code === 404) throw new Error(`create exec failed for unknown container ${container}`);
    if (code === 409) throw new Error(`create exec failed since container ${container} is paused or stopped`);
    throw new Error(`${failed} with status ${code}: ${body}`);
  }

  /** Returns when there is no more output. */
  async startExec(container: string, id: string, output: DockerOutput): Promise<void> {
    const failed = `start exec failed for container ${container}`;
    const json = { Detach: false, Tty: false };
    const call: Call = { failed, method: 'POST', path: `/exec/${id}/start`, json, output };
    const { code, body } = await this.#call(call);
    if (code === 200) return;
    if (code === 404) throw new Error(`${failed}: invalid exec id ${id}`);
    if (code === 409) throw new Error(`start exec failed since container ${container} is paused or stopped`);
    throw new Error(`${failed} with status ${code}: body: ${body}`);
  }

  /** @throws also if the command has not ended: output that broke off has said nothing of how it will. */
  async exitCode(container: string, id: string): Promise<number> {
    const state = await this.#inspectExec(container, id);
    if (!state) throw new Error(`inspect exec failed for container ${container}: invalid exec id ${id}`);
    if (state.Running || state.ExitCode === null) throw new Error('unexpected EOF');
    return state.ExitCode;
  }

  /** False also if the engine does not know it any more. */
  async isRunning(container: string, id: string): Promise<boolean> {
    return (await this.#inspectExec(container, id))?.Running === true;
  }

  async #inspectExec(container: string, id: string): Promise<ExecState | undefined> {
    const failed = `inspect exec failed for container ${container}`;
    const { code, body } = await this.#call({ failed, method: 'GET', path: `/exec/${id}/json` });
    if (code === 404) return undefined;
    if (code === 200) return JSON.parse(String(body));
    throw new Error(`${failed} with status ${code}: ${body}`);
  }

  async #call(call: Call): Promise<Answer> {
    let socket: Socket | undefined;
    try {
      socket = await this.#place.connect(this.#context);
      const response = await send(call, socket, this.#context.signal);
      return await readAnswer(response, call.output);
    } catch (error) {
      throw new Error(`${call.failed}: ${this.#describe(call, error as Error)}`);
    } finally {
      socket?.destroy();
    }
  }

  #describe({ method, path }: Call, error: Error): string {
    if (error instanceof BrokenAnswer) return 'unexpected EOF';
    const verb = method === 'GET' ? 'Get' : 'Post';
    return `${verb} "http://${this.#place.authority}${path}": ${error.message}`;
  }
}

/** An answer that broke off after its headers. */
class BrokenAnswer extends Error {}

function parseDockerHost(dockerHost: string): Place {
  const [scheme, rest = ''] = dockerHost.split('://');
  if (scheme === 'unix') return { authority: encodeURIComponent(rest), connect: () => dialUnix(rest) };
  if (scheme !== 'tcp' || !URL.canParse(`http://${rest}`)) {
    throw new Error(`unable to parse docker host \`${dockerHost}\``);
  }
  const { host, hostname, port } = new URL(`http://${rest}`);
  return { authority: host, connect: (context) => dial(`${hostname}:${port || portDefault}`, context) };
}

function dialUnix(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error) =>
      reject(new Error(`dial unix ${path}: connect: ${describeSystemError(error)}`)),
    );
  });
}

function send({ method, path, json }: Call, socket: Socket, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'docker', ...(json && { 'content-type': 'application/json' }) };
    const sent = request({ method, path, headers, createConnection: () => socket }, resolve);
    sent.on('error', (error) => reject(new Error(describeConnectionError(error))));
    onAbort(signal, () => sent.destroy());
    sent.end(json && JSON.stringify(json));
  });
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
  } catch {
    if (!isOutput) throw new BrokenAnswer();
  }
  return { code, body };
}
