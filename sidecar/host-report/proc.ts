/** What Linux tells of itself in /proc and /etc, in the shape and under the names of gopsutil, which Consul reports with. */

const bytesPerKib = 1_024;

/** Keys of `/proc/meminfo` by the names that they are reported under. */
const memoryNames = {
  active: 'Active',
  inactive: 'Inactive',
  buffers: 'Buffers',
  writeBack: 'Writeback',
  dirty: 'Dirty',
  writeBackTmp: 'WritebackTmp',
  shared: 'Shmem',
  slab: 'Slab',
  sreclaimable: 'SReclaimable',
  sunreclaim: 'SUnreclaim',
  pageTables: 'PageTables',
  swapCached: 'SwapCached',
  commitLimit: 'CommitLimit',
  committedAS: 'Committed_AS',
  highTotal: 'HighTotal',
  highFree: 'HighFree',
  lowTotal: 'LowTotal',
  lowFree: 'LowFree',
  swapTotal: 'SwapTotal',
  swapFree: 'SwapFree',
  mapped: 'Mapped',
  vmallocTotal: 'VmallocTotal',
  vmallocUsed: 'VmallocUsed',
  vmallocChunk: 'VmallocChunk',
  hugePagesTotal: 'HugePages_Total',
  hugePagesFree: 'HugePages_Free',
  hugePagesRsvd: 'HugePages_Rsvd',
  hugePagesSurp: 'HugePages_Surp',
  hugePageSize: 'Hugepagesize',
  anonHugePages: 'AnonHugePages',
};

/** Of `/proc/meminfo`. Bytes, but for the counts of huge pages. */
export function parseMemory(meminfo: string) {
  const lines = meminfo.matchAll(/^([\w()]+):\s+(\d+)( kB)?$/gm);
  const values = new Map(
    [...lines].map(([, key, number, kib]) => [key!, Number(number) * (kib ? bytesPerKib : 1)]),
  );
  const at = (key: string) => values.get(key) ?? 0;
  const [total, free] = [at('MemTotal'), at('MemFree')];
  const cached = at('Cached') + at('SReclaimable');
  const used = total - free - at('Buffers') - cached;
  const rest = Object.fromEntries(Object.entries(memoryNames).map(([name, key]) => [name, at(key)]));
  return {
    total,
    available: at('MemAvailable'),
    used,
    usedPercent: total === 0 ? 0 : (used / total) * 100,
    free,
    wired: 0,
    laundry: 0,
    cached,
    ...rest,
  };
}

/** Of `/proc/cpuinfo`, one for each core that runs programs. */
export function parseCpus(cpuinfo: string) {
  return cpuinfo
    .split(/\n\n+/)
    .filter((block) => /^processor\s*:/m.test(block))
    .map((block) => {
      const values = new Map(
        [...block.matchAll(/^([^:\n]+?)\s*:[ \t]*(.*)$/gm)].map(([, key, value]) => [key!, value!.trim()]),
      );
      const at = (key: string) => values.get(key) ?? '';
      const number = (key: string) => Number.parseFloat(at(key)) || 0;
      return {
        cpu: number('processor'),
        vendorId: at('vendor_id') || at('CPU implementer'),
        family: at('cpu family') || at('CPU architecture'),
        model: at('model') || at('CPU part'),
        stepping: number('stepping') || number('CPU revision'),
        physicalId: at('physical id'),
        coreId: at('core id'),
        cores: 1,
        modelName: at('model name'),
        mhz: number('cpu MHz'),
        cacheSize: number('cache size'),
        flags: (at('flags') || at('Features')).split(' ').filter((flag) => flag !== ''),
        microcode: at('microcode'),
      };
    });
}

/** Of `/etc/os-release`. */
export function parseRelease(release: string) {
  const lines = release.matchAll(/^(\w+)=["']?(.*?)["']?$/gm);
  const values = new Map([...lines].map(([, key, value]) => [key!, value!]));
  const platform = values.get('ID') ?? '';
  return {
    platform,
    platformFamily: values.get('ID_LIKE')?.split(' ')[0] ?? platform,
    platformVersion: values.get('VERSION_ID') ?? '',
  };
}

/** By the numbers of statfs(2). */
const fileSystems: Record<number, string> = {
  61267: 'ext2/ext3',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs',
  2035054128: 'overlayfs',
  801189825: 'zfs',
  4076150800: 'f2fs',
  26985: 'nfs',
};

/** "" for those that are seldom seen. */
export const fileSystemName = (type: number): string => fileSystems[type >>> 0] ?? '';
