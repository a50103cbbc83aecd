import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DockerOutput } from '../../../sidecar/checks/docker-output.ts';
import { makeDockerProbe } from '../../../sidecar/checks/probe-docker.ts';
import { aCheck, aRun, closedPort, listen, outcome } from './probe-context.ts';
import { aDirectory } from './processes.ts';

type Answer = [code: number, body: string | Buffer];

interface Engine {
  create?: Answer;
  start?: Answer;
  inspect?: Answer;
}

/** A frame of the stream `type`: 1 is standard output, 2 standard error. */
const frame = (type: number, text: string) => {
  const header = Buffer.from([type, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

const ran = (exitCode: number): Engine => ({
  start: [200, Buffer.concat([frame(1, 'out\n'), frame(2, 'err\n')])],
  inspect: [200, JSON.stringify({ ExitCode: exitCode })],
});

/** A Docker Engine that knows one exec. `requests` are what it was asked, with the bodies. */
function anEngine({
  create = [201, '{"Id":"e1"}'],
  start = [200, ''],
  inspect = [200, '{"ExitCode":0}'],
}: Engine) {
  const requests: string[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push(`${request.method} ${request.url} ${body}`.trim());
    const step = request.url?.endsWith('/start') ? start : request.url?.endsWith('/json') ? inspect : create;
    response.writeHead(step[0]).end(step[1]);
  });
  return { server, requests };
}

const check = aCheck({ DockerContainerID: 'c/1', Args: ['curl', '-f', 'localhost'] });
const probe = (dockerHost: string, run = aRun()) => outcome(makeDockerProbe(dockerHost)(check, run));
const probeEngine = async (engine: Engine) =>
  probe(`tcp://127.0.0.1:${await listen(anEngine(engine).server)}`);

test.each([
  [0, 'passing'],
  [1, 'warning'],
  [2, 'critical'],
  [137, 'critical'],
])('exit code %d is %s, with both outputs', async (exitCode, status) => {
  expect(await probeEngine(ran(exitCode))).toEqual([status, 'out\nerr\n']);
});

test('a command is created, started and asked for its exit code, over a socket of the file system', async () => {
  const directory = aDirectory();
  const { server, requests } = anEngine(ran(0));
  await new Promise<void>((listening) => server.listen(join(directory, 'docker.sock'), listening));
  onTestFinished(() => void server.close());
  expect(await probe(`unix://${directory}/docker.sock`)).toEqual(['passing', 'out\nerr\n']);
  expect(requests).toEqual([
    'POST /containers/c%2F1/exec {"AttachStdout":true,"AttachStderr":true,"Cmd":["curl","-f","localhost"]}',
    'POST /exec/e1/start {"Detach":false,"Tty":false}',
    'GET /exec/e1/json',
  ]);
});

test.each<[Engine, string]>([
  [{ create: [404, ''] }, 'create exec failed for unknown container c/1'],
  [{ create: [409, ''] }, 'create exec failed since container c/1 is paused or stopped'],
  [{ create: [500, 'why'] }, 'create exec failed for container c/1 with status 500: why'],
  [{ start: [404, ''] }, 'start exec failed for container c/1: invalid exec id e1'],
  [{ start: [409, ''] }, 'start exec failed since container c/1 is paused or stopped'],
  [{ start: [500, 'why'] }, 'start exec failed for container c/1 with status 500: body: why'],
  [{ inspect: [404, ''] }, 'inspect exec failed for container c/1: invalid exec id e1'],
  [{ inspect: [500, 'why'] }, 'inspect exec failed for container c/1 with status 500: why'],
])('an engine that answers %o', async (engine, output) => {
  expect(await probeEngine(engine)).toEqual(['critical', output]);
});

test('the end of a long output is kept', async () => {
  const output = await probeEngine({ ...ran(0), start: [200, frame(1, `${'x'.repeat(4096)}y`)] });
  expect(output).toEqual(['passing', `Captured 4096 of 4097 bytes\n...\n${'x'.repeat(4095)}y`]);
});

test('an engine that hangs is timed out', async () => {
  const port = await listen(createServer(() => {}));
  expect(await probe(`tcp://127.0.0.1:${port}`, aRun(100))).toEqual([
    'critical',
    'Timed out (100ms) running check',
  ]);
});

test('an engine that never ends its output is timed out', async () => {
  const serve = async (start: (response: ServerResponse) => void) => {
    const server = createServer((request, response) => {
      if (request.url?.endsWith('/start')) start(response.writeHead(200));
      else response.writeHead(201).end('{"Id":"e1"}');
    });
    return `tcp://127.0.0.1:${await listen(server)}`;
  };
  const endless = await serve((response) => {
    const go = () => {
      while (response.writable && response.write(frame(1, 'x'.repeat(10_000))));
    };
    response.on('drain', go);
    go();
  });
  expect(await probe(endless, aRun(300))).toEqual([
    'critical',
    expect.stringMatching(
      /^Timed out \(300ms\) running check\n\nCaptured 4096 of \d+ bytes\n\.{3}\nx{4096}$/,
    ),
  ]);
});

test.each<[string, string, [string, string]]>([
  ['has ended', '{"ExitCode":0,"Running":false}', ['passing', 'all']],
  ['has failed', '{"ExitCode":1,"Running":false}', ['warning', 'all']],
  ['still runs', '{"ExitCode":null,"Running":true}', ['critical', 'unexpected EOF']],
  [
    'still runs, in the words of older engines',
    '{"ExitCode":0,"Running":true}',
    ['critical', 'unexpected EOF'],
  ],
])('output that breaks off is judged by the command, which %s', async (_how, inspected, expected) => {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/start')) {
      response.writeHead(200).write(frame(1, 'all'), () => response.destroy());
    } else if (request.url?.endsWith('/json')) response.end(inspected);
    else response.writeHead(201).end('{"Id":"e1"}');
  });
  expect(await probe(`tcp://127.0.0.1:${await listen(server)}`)).toEqual(expected);
});

test('a command that is left running is the only one, until it ends', async () => {
  const state = { created: 0, inspected: [200, '{"Running":true}'] as Answer };
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/start')) response.writeHead(200).write(frame(1, 'before\n'));
    else if (request.url?.endsWith('/json')) response.writeHead(state.inspected[0]).end(state.inspected[1]);
    else response.writeHead(201).end(`{"Id":"e${++state.created}"}`);
  });
  const probeDocker = makeDockerProbe(`tcp://127.0.0.1:${await listen(server)}`);
  const run = async (inspected: Answer) => {
    state.inspected = inspected;
    return [...(await outcome(probeDocker(check, aRun(300)))), state.created];
  };
  const late = ['critical', 'Timed out (300ms) running check\n\nbefore\n'];
  expect(await run([200, '{"Running":true}'])).toEqual([...late, 1]);
  expect(await run([200, '{"Running":true}'])).toEqual([...late, 1]);
  const failed = 'inspect exec failed for container c/1 with status 500: why';
  expect(await run([500, 'why'])).toEqual(['critical', failed, 1]);
  expect(await run([200, '{"Running":false}'])).toEqual([...late, 2]);
  expect(await run([404, ''])).toEqual([...late, 3]);
});

test('no engine is critical', async () => {
  const post = 'create exec failed for container c/1: Post "http://%2Fno%2Fsuch.sock/containers/c%2F1/exec"';
  expect(await probe('unix:///no/such.sock')).toEqual([
    'critical',
    `${post}: dial unix /no/such.sock: connect: no such file or directory`,
  ]);
  expect(await probe('ssh://host')).toEqual(['critical', 'unable to parse docker host `ssh://host`']);
});

test.each(['127.0.0.1', '::1'])('an engine is reached at a port of %s, or is refused there', async (host) => {
  const at = (port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const port = await listen(anEngine(ran(0)).server, host);
  expect(await probe(`tcp://${at(port)}`)).toEqual(['passing', 'out\nerr\n']);
  const closed = await closedPort();
  const why = `dial tcp ${at(closed)}: connect: connection refused`;
  expect(await probe(`tcp://${at(closed)}`)).toEqual([
    'critical',
    `create exec failed for container c/1: Post "http://${at(closed)}/containers/c%2F1/exec": ${why}`,
  ]);
});

test.each<[string, (response: ServerResponse) => void, string]>([
  ['before it answers', (response) => response.destroy(), 'Post "http://HOST/containers/c%2F1/exec": EOF'],
  [
    'within its answer',
    (response) => response.writeHead(201).write('{', () => response.destroy()),
    'unexpected EOF',
  ],
])('an engine that goes away %s', async (_when, goAway, why) => {
  const port = await listen(createServer((_request, response) => goAway(response)));
  const text = `create exec failed for container c/1: ${why.replace('HOST', `127.0.0.1:${port}`)}`;
  expect(await probe(`tcp://127.0.0.1:${port}`)).toEqual(['critical', text]);
});

test('frames are understood however the connection cuts them', () => {
  const bytes = Buffer.concat([frame(1, 'one '), frame(2, ''), frame(2, 'two '), frame(1, 'three')]);
  for (let size = 1; size <= bytes.length; size++) {
    const output = new DockerOutput(100);
    for (let at = 0; at < bytes.length; at += size) output.write(bytes.subarray(at, at + size));
    expect(String(output.tail), `pieces of ${size}`).toBe('one two three');
  }
});
