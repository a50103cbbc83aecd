/** The programs of others, as people call them: `dig`, `curl`. */
import { execFile } from 'node:child_process';

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs to the end, whatever the code. @throws when the program does not exist. */
export function run(
  command: string,
  args: string[],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024, cwd, timeout: 60_000 };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

function runBy(runner: string[], command: string, args: string[]): Promise<Finished> {
  const [first = command, ...others] = [...runner, command, ...args];
  return run(first, others);
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  body: string;
  /** The body as JSON. */
  json: <Value>() => Value;
}

/** `curl -i`, with more of its arguments after the URL. */
export const curl = (url: string, ...args: string[]): Promise<HttpAnswer> => curlBy([], url, ...args);

/** By a program that runs others, as `nsenter` does: its command line comes first. */
export async function curlBy(runner: string[], url: string, ...args: string[]): Promise<HttpAnswer> {
  const flags = ['-sS', '-i', '-g', '--max-time', '30'];
  const { code, stdout, stderr } = await runBy(runner, 'curl', [...flags, ...args, url]);
  if (code !== 0) throw new Error(`curl ${url}: ${stderr.trim()}`);
  // A long upload is first told to go on.
  const answer = stdout.replace(/^HTTP\/1\.1 100 .*\r\n\r\n/, '');
  const end = answer.indexOf('\r\n\r\n');
  const [statusLine = '', ...headerLines] = answer.slice(0, end).split('\r\n');
  const body = answer.slice(end + 4);
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: new Headers(
      headerLines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }),
    ),
    body,
    json: () => JSON.parse(body),
  };
}

/** `curl -X PUT --data …`. */
export const put = (url: string, body: unknown, ...args: string[]): Promise<HttpAnswer> =>
  curl(url, '-X', 'PUT', '--data', typeof body === 'string' ? body : JSON.stringify(body), ...args);

export interface DnsAnswer {
  /** NOERROR, NXDOMAIN, … */
  status: string;
  /** Each record as "name ttl class type data", one space between. */
  answer: string[];
  additional: string[];
  authority: string[];
}

export interface NameServer {
  address: string;
  port: number;
}

/** `dig @address -p port …`: one question, its answer by section. */
export const dig = (server: NameServer, ...args: string[]): Promise<DnsAnswer> => digBy([], server, ...args);

export async function digBy(
  runner: string[],
  { address, port }: NameServer,
  ...args: string[]
): Promise<DnsAnswer> {
  const flags = [`@${address}`, '-p', String(port), '+tries=1', '+time=3', '+nocookie'];
  const { stdout } = await runBy(runner, 'dig', [...flags, ...args]);
  const status = /status: (\w+)/.exec(stdout)?.[1];
  if (!status) throw new Error(`dig ${args.join(' ')}: ${stdout.trim()}`);
  const section = (name: string) => {
    const text = new RegExp(`;; ${name} SECTION:\\n((?:.+\\n)*)`).exec(stdout)?.[1] ?? '';
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/\s+/g, ' '));
  };
  return {
    status,
    answer: section('ANSWER'),
    additional: section('ADDITIONAL'),
    authority: section('AUTHORITY'),
  };
}
