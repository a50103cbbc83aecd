/**
 * What the operating system tells of this host, in the shape of `/v1/agent/host`. On Linux it is all that Consul tells;
 * elsewhere, what Node.js knows.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/agent#view-host-information.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { cpus, freemem, hostname, machine, release, totalmem, type, uptime } from 'node:os';
import { fileSystemName, parseCpus, parseMemory, parseRelease } from './proc.ts';

const nanosecondsPerMs = 1e6;

export async function reportHost(diskPath: string, nowMs: number) {
  return {
    Memory: memory(),
    CPU: cores(),
    Host: {
      hostname: hostname(),
      uptime: Math.floor(uptime()),
      bootTime: Math.floor(nowMs / 1_000 - uptime()),
      procs: countProcesses(),
      os: type().toLowerCase(),
      ...parseRelease(read('/etc/os-release') ?? ''),
      kernelVersion: release(),
      kernelArch: machine(),
      virtualizationSystem: '',
      virtualizationRole: '',
      hostId: (read('/sys/class/dmi/id/product_uuid') ?? read('/etc/machine-id') ?? '').trim().toLowerCase(),
    },
    Disk: await disk(diskPath),
    CollectionTime: nowMs * nanosecondsPerMs,
    Errors: null,
  };
}

function memory() {
  const meminfo = read('/proc/meminfo');
  if (meminfo !== undefined) return parseMemory(meminfo);
  const [total, free] = [totalmem(), freemem()];
  const used = total - free;
  return { total, available: free, used, usedPercent: (used / total) * 100, free };
}

function cores() {
  const cpuinfo = read('/proc/cpuinfo');
  if (cpuinfo !== undefined) return parseCpus(cpuinfo);
  return cpus().map(({ model, speed }, cpu) => ({ cpu, modelName: model, mhz: speed, cores: 1 }));
}

async function disk(path: string) {
  const { type: number, bsize, blocks, bfree, bavail, files, ffree } = await statfs(path);
  const [free, used] = [bavail * bsize, (blocks - bfree) * bsize];
  const inodesUsed = files - ffree;
  return {
    path,
    fstype: fileSystemName(number),
    total: blocks * bsize,
    free,
    used,
    // Of what this user can have.
    usedPercent: percent(used, used + free),
    inodesTotal: files,
    inodesUsed,
    inodesFree: ffree,
    inodesUsedPercent: percent(inodesUsed, files),
  };
}

const percent = (part: number, whole: number) => (whole === 0 ? 0 : (part / whole) * 100);

/** 0 where there is no /proc. */
function countProcesses(): number {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
  } catch {
    return 0;
  }
}

/** Undefined where there is none, or none for this user. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
