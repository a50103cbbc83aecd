import { expect, test } from 'vitest';
import { fileSystemName, parseCpus, parseMemory, parseRelease } from '../../../sidecar/host-report/proc.ts';

test('memory is in bytes; used is what is neither free nor a cache', () => {
  const meminfo = `MemTotal:        1000 kB
MemFree:          200 kB
MemAvailable:     600 kB
Buffers:           50 kB
Cached:           140 kB
SReclaimable:      10 kB
Active(anon):       7 kB
Committed_AS:     300 kB
HugePages_Total:    3
Hugepagesize:    2048 kB
`;
  expect(parseMemory(meminfo)).toMatchObject({
    total: 1_024_000,
    free: 204_800,
    available: 614_400,
    buffers: 51_200,
    cached: 153_600,
    used: 614_400,
    usedPercent: 60,
    committedAS: 307_200,
    hugePagesTotal: 3,
    hugePageSize: 2_097_152,
    vmallocChunk: 0,
  });
});

test('a core is what /proc/cpuinfo says of it, on x64 and on arm64', () => {
  const x64 = `processor	: 0
vendor_id	: GenuineIntel
cpu family	: 6
model		: 167
model name	: Intel(R) Xeon(R): Processor
stepping	: 1
microcode	: 0x1
cpu MHz		: 2599.998
cache size	: 491520 KB
physical id	: 0
core id		: 3
flags		: fpu vme
power management:

processor	: 1
model name	: other

`;
  const arm64 = `processor	: 0
BogoMIPS	: 243.75
Features	: fp asimd
CPU implementer	: 0x41
CPU architecture: 8
CPU part	: 0xd0c
CPU revision	: 1

`;
  expect(parseCpus(x64)).toMatchObject([
    {
      cpu: 0,
      vendorId: 'GenuineIntel',
      family: '6',
      model: '167',
      modelName: 'Intel(R) Xeon(R): Processor',
      stepping: 1,
      mhz: 2599.998,
      cacheSize: 491_520,
      coreId: '3',
      flags: ['fpu', 'vme'],
      microcode: '0x1',
    },
    { cpu: 1, modelName: 'other', flags: [] },
  ]);
  expect(parseCpus(arm64)).toMatchObject([
    { vendorId: '0x41', family: '8', model: '0xd0c', stepping: 1, flags: ['fp', 'asimd'] },
  ]);
});

test.each([
  ['ID=debian\nVERSION_ID="12"\n', ['debian', 'debian', '12']],
  ['ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', ['ubuntu', 'debian', '24.04']],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n', ['rocky', 'rhel', '9.4']],
  ['', ['', '', '']],
])('%j is %j', (release, [platform, platformFamily, platformVersion]) =>
  expect(parseRelease(release)).toEqual({ platform, platformFamily, platformVersion }),
);

test('a file system has the name of its number', () =>
  expect([0xef53, 0x9123_683e, 0x9123_683e | 0, 1].map(fileSystemName)).toEqual([
    'ext2/ext3',
    'btrfs',
    'btrfs',
    '',
  ]));
