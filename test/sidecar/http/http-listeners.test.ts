/** Where the HTTP API listens, asked with curl and on sockets: several addresses, Unix sockets, TLS and who may come in. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer } from 'node:net';
import { join } from 'node:path';
import { connect, type SecureVersion } from 'node:tls';
import { Hono } from 'hono';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AgentConfig } from '../../../sidecar/config/agent-config.ts';
import { resolveConfig } from '../../../sidecar/config/resolve.ts';
import type { FileConfig } from '../../../sidecar/config/schema.ts';
import { HttpListeners } from '../../../sidecar/http/http-listeners.ts';
import { Authority, type CertificateFiles } from '../../certificates.ts';
import { host } from '../config/host.ts';
import { aFolder, sharedFolder } from '../scratch.ts';

let authority: Authority;
let foreign: Authority;
let files: CertificateFiles;
let client: CertificateFiles;

beforeAll(() => {
  const dir = sharedFolder();
  authority = new Authority(dir);
  foreign = new Authority(dir, 'foreign');
  files = authority.certificate('agent', { names: 'DNS:localhost,IP:127.0.0.1,IP:127.0.0.2' });
  client = authority.certificate('client');
});

const resolve = (written: FileConfig): AgentConfig =>
  resolveConfig({ data_dir: '/d', node_name: 'n', advertise_addr: '10.0.0.1', ...written }, false, host())
    .config;

/** Listens as a configuration file says. */
async function listen(written: FileConfig) {
  const app = new Hono();
  app.all('*', (c) => c.text(`served ${c.req.method}`));
  const listeners = new HttpListeners(app, resolve(written));
  onTestFinished(() => listeners.stop());
  await listeners.start();
  return listeners;
}

const pairOf = ({ certFile: cert_file, keyFile: key_file }: CertificateFiles) => ({ cert_file, key_file });

/** What curl got, or its complaint. */
function curl(url: string, ...args: string[]): Promise<string> {
  return new Promise((done) =>
    execFile('curl', ['-sS', '--max-time', '5', ...args, url], (error, stdout, stderr) =>
      done(error ? stderr.trim() : stdout),
    ),
  );
}

const showing = ({ certFile, keyFile }: CertificateFiles) => ['--cert', certFile, '--key', keyFile];
const trusting = ({ caFile }: Authority) => ['--cacert', caFile];

let nextPort = 24_000 + (process.pid % 500) * 2;
/** On 127.0.0.1 to 127.0.0.3. */
async function freePort(): Promise<number> {
  for (;;) {
    nextPort += 1;
    const probe = createServer();
    const isFree = await new Promise<boolean>((done) => {
      probe.once('error', () => done(false));
      probe.listen(nextPort, '0.0.0.0', () => probe.close(() => done(true)));
    });
    if (isFree) return nextPort;
  }
}

describe('addresses', () => {
  test('are as many as there are written, of both protocols', async () => {
    const [http, https] = [await freePort(), await freePort()];
    const path = join(aFolder(), 'r.sock');
    await listen({
      ...pairOf(files),
      ports: { http, https },
      addresses: { http: `127.0.0.1 unix://${path} 127.0.0.2`, https: '127.0.0.2' },
    });
    expect(await curl(`http://127.0.0.1:${http}/v1/x`)).toBe('served GET');
    expect(await curl(`http://127.0.0.2:${http}/v1/x`)).toBe('served GET');
    expect(await curl('http://localhost/v1/x', '--unix-socket', path)).toBe('served GET');
    expect(await curl(`https://127.0.0.2:${https}/v1/x`, ...trusting(authority))).toBe('served GET');
    expect(await curl(`https://127.0.0.1:${https}/v1/x`, ...trusting(authority))).toContain(
      "Couldn't connect",
    );
  });

  test('with -1 there are none', async () => {
    const http = await freePort();
    await listen({ ports: { http: -1, https: -1 }, addresses: { http: '127.0.0.1' } });
    expect(await curl(`http://127.0.0.1:${http}/`)).toContain("Couldn't connect");
  });

  test('all open or none does', async () => {
    const [http, https] = [await freePort(), await freePort()];
    const taken = createServer().listen(https, '127.0.0.1');
    onTestFinished(() => void taken.close());
    const opening = listen({ ...pairOf(files), ports: { http, https } });
    await expect(opening).rejects.toThrow(
      `cannot listen for HTTPS on 127.0.0.1:${https}: another process has it: stop that process, or set another port (ports.https, -https-port)`,
    );
    expect(await curl(`http://127.0.0.1:${http}/`)).toContain("Couldn't connect");
  });
});

describe('a Unix socket', () => {
  const on = (path: string, unix_sockets: FileConfig['unix_sockets'] = {}) =>
    listen({ ports: { http: 1 }, addresses: { http: `unix://${path}` }, unix_sockets });
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

  test.each<[object, string]>([
    [{}, '660'],
    [{ mode: '0600' }, '600'],
    [{ mode: '777' }, '777'],
    [{ user: String(process.getuid!()), group: String(process.getgid!()), mode: '640' }, '640'],
    [{ user: 'root', group: 'root' }, '660'],
  ])('with %j has the mode %s', async (permissions, expected) => {
    const path = join(aFolder(), 'r.sock');
    await on(path, permissions);
    expect(mode(path)).toBe(expected);
  });

  test.skipIf(process.getuid!() !== 0)('belongs to whom it is to belong', async () => {
    const path = join(aFolder(), 'r.sock');
    await on(path, { user: 'nobody', group: '12' });
    const { uid, gid } = statSync(path);
    const nobody = /^nobody:[^:]*:(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))![1];
    expect([uid, gid]).toEqual([Number(nobody), 12]);
  });

  test.each<[object, string]>([
    [{ user: 'no-such-user' }, 'invalid user specified: no-such-user (unix_sockets.user)'],
    [{ group: 'no-such-group' }, 'invalid group specified: no-such-group (unix_sockets.group)'],
  ])('%j is refused, and no socket is left', async (permissions, why) => {
    const path = join(aFolder(), 'r.sock');
    await expect(on(path, permissions)).rejects.toThrow(why);
    expect(existsSync(path)).toBe(false);
  });

  test('of an agent that died is replaced, and it goes with the agent', async () => {
    const path = join(aFolder(), 'r.sock');
    await leaveStaleSocket(path);
    const listeners = await on(path);
    expect(await curl('http://localhost/', '--unix-socket', path)).toBe('served GET');
    await listeners.stop();
    expect(existsSync(path)).toBe(false);
  });

  test('does not mind what the host is called', async () => {
    const path = join(aFolder(), 'r.sock');
    await on(path);
    for (const name of [path, 'a b', '[', 'x.example:99999', ''])
      expect(await curl('http://localhost/', '--unix-socket', path, '-H', `Host: ${name}`)).toBe(
        'served GET',
      );
  });

  test('that somebody answers on, or what is no socket, is left alone', async () => {
    const path = join(aFolder(), 'r.sock');
    await on(path);
    await expect(on(path)).rejects.toThrow(`cannot listen for HTTP on ${path}: another process has it`);
    expect(await curl('http://localhost/', '--unix-socket', path)).toBe('served GET');
    const file = join(aFolder(), 'data');
    writeFileSync(file, 'precious');
    await expect(on(file)).rejects.toThrow(
      `cannot listen for HTTP on ${file}: there is something that is no socket`,
    );
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });
});

describe('HTTPS', () => {
  const secure = async (written: FileConfig) => {
    const https = await freePort();
    const listeners = await listen({ ports: { http: -1, https }, ...pairOf(files), ...written });
    return { https, listeners, url: `https://127.0.0.1:${https}/v1/x` };
  };

  test('has the certificate of its configuration', async () => {
    const { url } = await secure({});
    expect(await curl(url, ...trusting(authority))).toBe('served GET');
    expect(await curl(url, ...trusting(foreign))).toMatch(/certificate/);
    expect(await curl(url.replace('https', 'http'))).not.toContain('served');
    expect(await curl(url, ...trusting(authority))).toBe('served GET');
  });

  test.each<[string, () => FileConfig, () => CertificateFiles | undefined, boolean]>([
    ['asks nobody', () => ({ ca_file: authority.caFile }), () => undefined, true],
    ['verify_incoming', () => ({ ca_file: authority.caFile, verify_incoming: true }), () => undefined, false],
    ['verify_incoming', () => ({ ca_file: authority.caFile, verify_incoming: true }), () => client, true],
    [
      'verify_incoming, of a stranger',
      () => ({ ca_file: authority.caFile, verify_incoming: true }),
      () => foreign.certificate('stranger'),
      false,
    ],
    [
      'verify_incoming_https',
      () => ({ ca_file: authority.caFile, verify_incoming_https: true }),
      () => undefined,
      false,
    ],
    [
      'verify_incoming_https off',
      () => ({ ca_file: authority.caFile, verify_incoming: true, verify_incoming_https: false }),
      () => undefined,
      true,
    ],
    [
      'tls.https.verify_incoming',
      () => ({ tls: { https: { ca_file: authority.caFile, verify_incoming: true } } }),
      () => client,
      true,
    ],
    [
      'an expired one',
      () => ({ ca_file: authority.caFile, verify_incoming: true }),
      () => authority.certificate('late', { days: -1 }),
      false,
    ],
  ])('%s: %#', async (_what, written, shown, isServed) => {
    const { url } = await secure(written());
    const pair = shown();
    const answer = await curl(url, ...trusting(authority), ...(pair ? showing(pair) : []));
    if (isServed) expect(answer).toBe('served GET');
    else expect(answer).toMatch(/alert|reset|SSL|eof|Empty reply/i);
  });

  /** What is agreed on with a client that can only do this, or the fault. */
  const agreed = (port: number, maxVersion: SecureVersion, ciphers?: string) =>
    new Promise<string>((done) => {
      const socket = connect({
        ...{ port, host: '127.0.0.1', maxVersion, minVersion: 'TLSv1' as const },
        ca: readFileSync(authority.caFile),
        ...(ciphers ? { ciphers } : {}),
      });
      socket.on('secureConnect', () => {
        done(`${socket.getProtocol()} ${socket.getCipher().name}`);
        socket.destroy();
      });
      socket.on('error', () => done('refused'));
    });

  test.each<[FileConfig, SecureVersion, string | undefined, string | RegExp]>([
    [{}, 'TLSv1.3', undefined, /^TLSv1\.3 /],
    [{}, 'TLSv1.2', undefined, /^TLSv1\.2 /],
    [{}, 'TLSv1.1', 'DEFAULT@SECLEVEL=0', 'refused'],
    [{ tls_min_version: 'tls13' }, 'TLSv1.2', undefined, 'refused'],
    [{ tls_min_version: 'tls13' }, 'TLSv1.3', undefined, /^TLSv1\.3 /],
    [{ tls: { https: { tls_min_version: 'TLSv1_3' } } }, 'TLSv1.2', undefined, 'refused'],
    [
      { tls_cipher_suites: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384' },
      'TLSv1.2',
      undefined,
      'TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384',
    ],
    [
      { tls_cipher_suites: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384' },
      'TLSv1.2',
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'refused',
    ],
    [
      { tls_cipher_suites: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384' },
      'TLSv1.3',
      undefined,
      /^TLSv1\.3 TLS_/,
    ],
  ])('with %j a client of at most %s (%s)', async (written, maxVersion, ciphers, expected) => {
    const { https } = await secure(written);
    expect(await agreed(https, maxVersion, ciphers)).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    );
  });

  test('a client that does not get on with its handshake is let go', async () => {
    const { https } = await secure({ limits: { https_handshake_timeout: 200 } });
    const socket = connectTcp(https, '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise<void>((gone) => socket.once('close', () => gone()));
  });

  test('one connection too many of an address is told so, and a reload changes how many there may be', async () => {
    const limited = (http_max_conns_per_client: number): FileConfig => ({
      limits: { http_max_conns_per_client },
    });
    const { https, url, listeners } = await secure(limited(1));
    const socket = connect({ port: https, host: '127.0.0.1', ca: readFileSync(authority.caFile) });
    onTestFinished(() => void socket.destroy());
    await new Promise<void>((open) => socket.once('secureConnect', open));
    expect(await curl(url, '-i', ...trusting(authority))).toMatch(
      /^HTTP\/1\.1 429 Too Many Requests\r\n[\s\S]*please rate limit your calls\s*$/,
    );
    listeners.prepare(resolve({ ports: { http: -1, https }, ...pairOf(files), ...limited(2) }))();
    expect(await curl(url, ...trusting(authority))).toBe('served GET');
  });
});

describe('a reload', () => {
  test('takes the certificate and the authority that are in the files now', async () => {
    const dir = aFolder();
    const own = new Authority(dir, 'own');
    const pair = own.certificate('pair', { names: 'IP:127.0.0.1' });
    const [https, ca_file] = [await freePort(), join(dir, 'clients.pem')];
    writeFileSync(ca_file, readFileSync(authority.caFile));
    const written = { ports: { http: -1, https }, ...pairOf(pair), ca_file, verify_incoming: true };
    const listeners = await listen(written);
    const url = `https://127.0.0.1:${https}/`;
    expect(await curl(url, ...trusting(own), ...showing(client))).toBe('served GET');
    own.certificate('pair', { names: 'IP:127.0.0.9' });
    writeFileSync(ca_file, readFileSync(foreign.caFile));
    expect(await curl(url, ...trusting(own), ...showing(client))).toBe('served GET');
    listeners.prepare(resolve(written))();
    expect(await curl(url, ...trusting(own), ...showing(client))).toMatch(
      /no alternative certificate subject name matches/,
    );
    const stranger = foreign.certificate('other');
    expect(await curl(url, '-k', ...showing(client))).toMatch(/alert|reset|SSL|eof|Empty reply/i);
    expect(await curl(url, '-k', ...showing(stranger))).toBe('served GET');
  });

  test('that cannot be is refused, and changes nothing', async () => {
    const dir = aFolder();
    const own = new Authority(dir, 'own');
    const pair = own.certificate('pair', { names: 'IP:127.0.0.1' });
    const https = await freePort();
    const written = { ports: { http: -1, https }, ...pairOf(pair) };
    const listeners = await listen(written);
    const verifying = resolve({ ...written, ca_file: own.caFile, verify_incoming_https: true });
    expect(() => listeners.prepare(verifying)).toThrow(
      'verify_incoming of ports.https cannot be changed by a reload: start the agent again',
    );
    chmodSync(pair.keyFile, 0o600);
    writeFileSync(pair.keyFile, 'broken');
    expect(() => listeners.prepare(resolve(written))).toThrow(`${pair.keyFile} holds no private key (PEM)`);
    expect(await curl(`https://127.0.0.1:${https}/`, ...trusting(own))).toBe('served GET');
  });
});

/** As a process leaves it that is killed. */
function leaveStaleSocket(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  return new Promise((left) => execFile(process.execPath, ['-e', script], () => left()));
}
