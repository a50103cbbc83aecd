/**
 * What the operating system tells of this host, in the shape of `/v1/agent/host`.
 *
 * Source: https://developer.hashicorp.com/consul/api-docs/agent#view-host-information.
 */
import { statfs } from 'node:fs/promises';
import { arch, cpus, freemem, hostname, platform, release, totalmem, type, uptime, version } from 'node:os';

const nanosecondsPerMs = 1e6;

export async function reportHost(diskPath: string, nowMs: number) {
  return {
    Memory: memory(),
    CPU: cpus().map(({ model, speed }, cpu) => ({ cpu, modelName: model, mhz: speed, cores: 1 })),
    Host: {
      hostname: hostname(),
      uptime: Math.floor(uptime()),
      bootTime: Math.floor(nowMs / 1_000 - uptime()),
      os: type().toLowerCase(),
      platform: platform(),
      platformVersion: version(),
      kernelVersion: release(),
      kernelArch: arch(),
    },
    Disk: await disk(diskPath),
    CollectionTime: nowMs * nanosecondsPerMs,
    Errors: null,
  };
}

function memory() {
  const [total, free] = [totalmem(), freemem()];
  const used = total - free;
  return { total, available: free, used, usedPercent: (used / total) * 100, free };
}

async function disk(path: string) {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(path);
  const [total, free, used] = [blocks * bsize, bavail * bsize, (blocks - bfree) * bsize];
  return {
    path,
    total,
    free,
    used,
    usedPercent: total === 0 ? 0 : (used / total) * 100,
    inodesTotal: files,
    inodesFree: ffree,
  };
}
