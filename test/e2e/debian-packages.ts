/**
 * Programs of others out of Debian's packages, unpacked into a folder of this checkout: nothing is installed, the machine's
 * apt is neither configured nor asked, and no root is needed. Apt verifies what it fetches by the signatures of Debian's
 * archive. What is unpacked stays, so that only the first run fetches it, and goes with `node_modules`.
 *
 * Where they cannot be had (another system, no network), the tests that need them are skipped and the reason is printed.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { root } from './agent.ts';
import { run } from './clients.ts';

interface PackageSet {
  suite: string;
  /** Of apt: names with versions. What follows the last number is the rebuild, which each architecture has its own of. */
  packages: string[];
}

/** All that is fetched, and from where. */
const packageSets = {
  consul: { suite: 'bullseye', packages: ['consul=1.8.7+dfsg1-2*'] },
  // The last that Debian built with `consul_sd_configs`.
  prometheus: { suite: 'bullseye', packages: ['prometheus=2.24.1+ds-1*'] },
  haproxy: {
    suite: 'bookworm',
    packages: [
      ...['haproxy=2.6.*', 'liblua5.3-0', 'libopentracing-c-wrapper0', 'libopentracing1', 'libpcre2-8-0'],
      ...['libssl3', 'libsystemd0', 'libstdc++6'],
    ],
  },
  /** The engine, what it starts, and a program for an image. */
  docker: {
    suite: 'bookworm',
    packages: [
      ...['docker.io=20.10.*', 'containerd=1.6.*', 'runc=1.1.*', 'busybox-static'],
      ...['libdevmapper1.02.1', 'libseccomp2', 'libsystemd0', 'libudev1', 'libselinux1', 'libpcre2-8-0'],
      ...['libcap2', 'libgcrypt20', 'libgpg-error0', 'liblzma5', 'libzstd1', 'liblz4-1'],
    ],
  },
  tinyproxy: { suite: 'bookworm', packages: ['tinyproxy-bin=1.11.*'] },
  /** Dnsmasq and unbound, which share most of what they link to. */
  resolvers: {
    suite: 'bookworm',
    packages: [
      ...['dnsmasq-base=2.90*', 'unbound=1.17.*'],
      ...['libdbus-1-3', 'libidn2-0', 'libunistring2', 'libnettle8', 'libhogweed6', 'libgmp10'],
      ...[
        'libnetfilter-conntrack3',
        'libnfnetlink0',
        'libmnl0',
        'libnftables1',
        'libnftnl11',
        'libxtables12',
      ],
      ...['libjansson4', 'libreadline8', 'libtinfo6'],
      ...[
        'libevent-2.1-7',
        'libnghttp2-14',
        'libprotobuf-c1',
        'libpython3.11',
        'libssl3',
        'libexpat1',
        'zlib1g',
      ],
      ...['libsystemd0', 'libcap2', 'libgcrypt20', 'libgpg-error0', 'liblzma5', 'libzstd1', 'liblz4-1'],
    ],
  },
  /** `ip`, `tc` and `nft`. */
  network: {
    suite: 'bookworm',
    packages: [
      ...['iproute2=6.1.*', 'nftables=1.0.6*', 'libnftables1', 'libnftnl11', 'libmnl0', 'libxtables12'],
      ...[
        'libbpf1',
        'libelf1',
        'zlib1g',
        'libbsd0',
        'libmd0',
        'libcap2',
        'libedit2',
        'libtinfo6',
        'libjansson4',
      ],
      ...['libgmp10', 'libdb5.3', 'libselinux1', 'libpcre2-8-0'],
    ],
  },
  /** With its Python, a PostgreSQL, and what they link to beyond what every Debian has. */
  patroni: {
    suite: 'bookworm',
    packages: [
      ...['patroni=3.0.2*', 'postgresql-15=15.*', 'postgresql-client-15=15.*'],
      ...['python3.11-minimal', 'libpython3.11-minimal', 'libpython3.11-stdlib'],
      ...['python3-consul=0.7.1*', 'python3-requests', 'python3-urllib3', 'python3-certifi', 'python3-idna'],
      ...['python3-chardet', 'python3-charset-normalizer', 'python3-dateutil', 'python3-six', 'python3-yaml'],
      ...['python3-psutil', 'python3-psycopg2'],
      ...['libexpat1', 'libffi8', 'libssl3', 'libyaml-0-2', 'libpq5', 'libicu72', 'libxml2', 'libxslt1.1'],
      ...['libldap-2.5-0', 'libsasl2-2', 'libgssapi-krb5-2', 'libk5crypto3', 'libkrb5-3', 'libkrb5support0'],
      ...['libkeyutils1', 'libcom-err2', 'libreadline8'],
    ],
  },
} satisfies Record<string, PackageSet>;

const cacheDir = join(root, 'node_modules/.cache/debian');
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** After those of the machine. A suite that is no longer maintained moves from the first to the second. */
const mirrors = ['http://deb.debian.org/debian', 'http://archive.debian.org/debian'];

export interface Unpacked {
  /** Holds the packages' files as `/` would. */
  dir: string;
  /** Why it does not, when it does not. */
  missing?: string;
}

export async function unpacked(name: keyof typeof packageSets): Promise<Unpacked> {
  const { suite, packages }: PackageSet = packageSets[name];
  const dir = join(cacheDir, `${name}-${fingerprint({ suite, packages })}`);
  try {
    if (!existsSync(dir)) await unpack({ suite, packages }, dir);
    return { dir };
  } catch (error) {
    const missing = `${name}: ${(error as Error).message}`;
    process.stderr.write(`Skipped for want of ${missing}\n`);
    return { dir, missing };
  }
}

/** For `LD_LIBRARY_PATH`: in both of Debian's folders for libraries there is one for the architecture. */
export const libraryPath = (dir: string): string =>
  ['lib', 'usr/lib']
    .map((folder) => join(dir, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => path.endsWith('-linux-gnu'))
    .join(':');

const fingerprint = (set: PackageSet): string =>
  createHash('sha256').update(JSON.stringify(set)).digest('hex').slice(0, 12);

/** Complete or not there at all. @throws if any package cannot be had. */
async function unpack({ suite, packages }: PackageSet, dir: string): Promise<void> {
  if (!existsSync(keyring)) throw new Error(`no ${keyring} to verify Debian's packages by`);
  process.stderr.write(`Fetching ${packages.join(', ')} from Debian ${suite}, once …\n`);
  mkdirSync(cacheDir, { recursive: true });
  const work = mkdtempSync(join(cacheDir, 'fetching-'));
  try {
    await download({ suite, packages }, work);
    for (const file of readdirSync(work).filter((one) => one.endsWith('.deb')))
      await must('dpkg-deb', ['--extract', join(work, file), join(work, 'root')]);
    renameSync(join(work, 'root'), dir);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function download({ suite, packages }: PackageSet, work: string): Promise<void> {
  const faults: string[] = [];
  for (const mirror of new Set([...mirrorsOfMachine(), ...mirrors])) {
    const apt = privateApt(work, `deb [signed-by=${keyring}] ${mirror} ${suite} main`);
    try {
      await must('apt-get', [...apt, 'update'], work);
      await must('apt-get', [...apt, 'download', ...packages], work);
      return;
    } catch (error) {
      faults.push(`${mirror}: ${(error as Error).message}`);
    }
  }
  throw new Error(faults.join('\n'));
}

/** Apt with one source and folders of its own; of the machine's configuration there remains how it reaches the network. */
function privateApt(work: string, source: string): string[] {
  const list = join(work, 'sources.list');
  mkdirSync(join(work, 'lists/partial'), { recursive: true });
  mkdirSync(join(work, 'archives/partial'), { recursive: true });
  writeFileSync(list, `${source}\n`);
  const options = {
    'Dir::State': work,
    'Dir::State::status': '/dev/null',
    'Dir::Cache': work,
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    // As root it would drop its rights, and then may not write here.
    'APT::Sandbox::User': '',
    'APT::Update::Error-Mode': 'any',
    'APT::Get::AllowUnauthenticated': 'false',
    'Acquire::AllowInsecureRepositories': 'false',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '20',
  };
  return Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

function mirrorsOfMachine(): string[] {
  const folder = '/etc/apt/sources.list.d';
  const files = existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [];
  return ['/etc/apt/sources.list', ...files]
    .filter((file) => /\.(list|sources)$/.test(file) && existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => line.match(/\bhttps?:\/\/\S+\/debian(?=\/?(?:\s|$))/g) ?? []);
}

/** @throws with the first that it complained of when it fails. */
async function must(command: string, args: string[], cwd?: string): Promise<void> {
  const { code, stderr } = await run(command, args, {}, cwd);
  if (code !== 0) throw new Error(stderr.split('\n')[0]);
}
