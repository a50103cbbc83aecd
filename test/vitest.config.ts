import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** Two runtimes, two projects: what runs at the edge is tested in workerd, all else in Node. */
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [cloudflareTest({ wrangler: { configPath: '../wrangler.toml' } })],
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
          include: ['sidecar/**/*.test.ts', 'src/shared/**/*.test.ts', 'house/**/*.test.ts'],
        },
      },
    ],
  },
});
