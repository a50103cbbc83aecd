import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** Two runtimes, two projects: what runs at the edge is tested in workerd, all else in Node. */
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: '../wrangler.toml' },
            miniflare: { bindings: { ROLLCALL_OPEN: 'loopback' } },
          }),
        ],
        test: {
          name: 'edge',
          root: import.meta.dirname,
          include: ['src/**/*.test.ts'],
          exclude: ['src/shared/**'],
          deps: { optimizer: { ssr: { enabled: true, include: ['itty-durable'] } } },
        },
      },
      {
        test: {
          name: 'node',
          root: import.meta.dirname,
          include: ['sidecar/**/*.test.ts', 'src/shared/**/*.test.ts', 'simulation/**/*.test.ts'],
        },
      },
      {
        test: { name: 'house', root: import.meta.dirname, include: ['house/**/*.test.ts'] },
      },
      {
        // Whole systems on real ports: one file at a time, and long enough for a host to be found dead.
        test: {
          name: 'e2e',
          root: import.meta.dirname,
          include: ['e2e/**/*.test.ts', 'conformance/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
