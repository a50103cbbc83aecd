/**
 * Builds both halves into dist/: the edge as one module for workerd, the sidecar as one file for Node. Run by `npm start`
 * and the tests; does nothing when dist/ is newer than all that it is built from.
 */
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const outputs = ['dist/edge.js', 'dist/rollcall.mjs'].map((path) => join(root, path));
const inputs = ['src', 'sidecar', 'infra/build.mjs', 'package.json', 'package-lock.json'];

if (process.argv.includes('--force') || newest(inputs) > oldest(outputs)) await buildAll();

async function buildAll() {
  const common = {
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    legalComments: 'none',
    logLevel: 'warning',
  };
  await Promise.all([
    build({
      ...common,
      entryPoints: ['src/index.ts'],
      outfile: 'dist/edge.js',
      target: 'es2024',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:*', 'node:*'],
      minifySyntax: true,
    }),
    build({
      ...common,
      entryPoints: ['sidecar/main.ts'],
      outfile: 'dist/rollcall.mjs',
      platform: 'node',
      target: 'node20',
      external: ['workerd', 'koffi'],
      banner: {
        js: "#!/usr/bin/env node\nimport { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
      },
      minifySyntax: true,
      minifyWhitespace: true,
    }),
  ]);
  // A shell that completes a line runs the file itself.
  chmodSync(join(root, 'dist/rollcall.mjs'), 0o755);
}

function newest(paths) {
  return Math.max(...paths.map((path) => newestUnder(join(root, path))));
}

function newestUnder(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestUnder(join(path, name))));
}

/** 0 when one is missing. */
function oldest(paths) {
  try {
    return Math.min(...paths.map((path) => statSync(path).mtimeMs));
  } catch {
    return 0;
  }
}
