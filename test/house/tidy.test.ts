/** Rules about the text of the source that no linter has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compatibilityDate, compatibilityFlags } from '../../sidecar/edge/compatibility.ts';
import { version } from '../../src/shared/version.ts';
import { root, sourceFiles } from './source-files.ts';

const files = [...sourceFiles('src'), ...sourceFiles('sidecar')];

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

function places(pattern: RegExp, except: RegExp): string[] {
  return files
    .filter(({ path, text }) => !except.test(path) && pattern.test(withoutComments(text)))
    .map(({ path }) => path);
}

test('only the clocks read the time', () => {
  expect(
    places(
      /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
      /^(sidecar\/system|src\/datacenter)\/clock\.ts$/,
    ),
  ).toEqual([]);
});

test('only the sources of chance are random', () => {
  expect(places(/\bMath\.random\(/, /^sidecar\/system\/random\.ts$/)).toEqual([]);
});

test('only the clocks set timers', () => {
  expect(places(/\bset(Timeout|Interval)\(/, /\/clock\.ts$/)).toEqual([]);
});

test('SQL stands in the store alone', () => {
  expect(
    places(/['"`]\s*(SELECT|INSERT|UPDATE|DELETE|CREATE) [A-Za-z(*]/, /^src\/datacenter\/store\//),
  ).toEqual([]);
});

test('the shared code uses nothing of a platform', () => {
  const platform = /\b(process|Buffer|WebSocketPair|DurableObject|fetch)\b\s*[.(]/;
  const shared = sourceFiles('src/shared').filter(({ text }) => platform.test(withoutComments(text)));
  expect(shared.map(({ path }) => path)).toEqual([]);
});

test('the sidecar uses nothing that Node 20 has not', () => {
  const newer = /\b((Map|Object)\.groupBy|Promise\.(withResolvers|try)|Array\.fromAsync)\(/;
  const onHosts = files.filter(({ path }) => /^(sidecar|src\/shared)\//.test(path));
  const left = onHosts.filter(({ text }) => newer.test(withoutComments(text)));
  expect(left.map(({ path }) => path)).toEqual([]);
});

test('the sidecar as one file has no letter beyond ASCII: V8 keeps two bytes for each letter of a script with one', () => {
  const bundle = readFileSync(join(root, 'dist/rollcall.mjs'), 'utf8');
  expect(/.{0,30}\P{ASCII}.{0,30}/u.exec(bundle)?.[0]).toBeUndefined();
});

test('file names are kebab-case nouns, none of them a drawer for everything', () => {
  const bad = files.filter(
    ({ path }) =>
      !/^[a-z0-9-]+(\/[a-z0-9-]+)*\.ts$/.test(path) ||
      /(utils?|helpers?|common|misc|manager)\.ts$/.test(path),
  );
  expect(bad.map(({ path }) => path)).toEqual([]);
});

test('nothing is left for later', () => {
  const everything = [...files, ...sourceFiles('test')].filter(({ path }) => !path.startsWith('test/house/'));
  const left = everything.filter(({ text }) =>
    /\b(TODO|FIXME|XXX|HACK)\b|\b(test|it|describe)\.(skip|only|todo)\(/.test(text),
  );
  expect(left.map(({ path }) => path)).toEqual([]);
});

test('the version is that of the package', () => {
  const { version: packageVersion } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(version).toBe(packageVersion);
});

test('a self-hosted edge behaves as a deployed one', () => {
  const wrangler = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  expect(wrangler).toContain(`compatibility_date = "${compatibilityDate}"`);
  expect(wrangler).toContain(`compatibility_flags = ${JSON.stringify(compatibilityFlags)}`);
});
