/** Who may import what, as the README of each half draws it. A row that is not here is forbidden. */
import { expect, test } from 'vitest';
import { type Import, importsOf, type SourceFile, sourceFiles } from './source-files.ts';

interface Rule {
  /** Which files it is about: the first rule that matches counts. */
  from: RegExp;
  /** What they may import, besides their own folder. */
  may: RegExp[];
  /** What they may know the types of. */
  types?: RegExp[];
}

const system = /^sidecar\/system\//;
const node = /^node:/;
const shared = /^src\/shared\//;
const requests = /^src\/requests\//;

const rules: Rule[] = [
  { from: /^src\/shared\//, may: [shared, /^hono$/] },
  { from: requests, may: [shared] },
  { from: /^src\/openapi\//, may: [shared, requests] },
  { from: /^src\/datacenter\//, may: [shared, requests, /^cloudflare:workers$/] },
  { from: /^src\/directory\//, may: [shared, /^itty-durable$/] },
  {
    from: /^src\/(routes|middleware)\//,
    may: [shared, requests, /^src\/openapi\//, /^hono$/, /^src\/[a-z-]+\.ts$/],
    types: [/^src\/datacenter\//],
  },
  { from: /^src\/[a-z-]+\.ts$/, may: [/^src\//, /^hono$/] },
  {
    from: /^sidecar\/(local|checks|cache|dns|config)\//,
    may: [shared, system, node],
  },
  {
    from: /^sidecar\/telemetry\//,
    may: [shared, system, node],
    types: [/^sidecar\/(cache|config|dns|sync)\//],
  },
  { from: /^sidecar\/agent\/tokens\.ts$/, may: [system, node], types: [/^sidecar\/config\//] },
  { from: /^sidecar\/edge\//, may: [shared, system, node], types: [/^sidecar\/config\//] },
  { from: /^sidecar\/(tls|host-report)\//, may: [node] },
  { from: /^sidecar\/outbound\//, may: [shared, system, node, /^sidecar\/tls\//] },
  {
    from: /^sidecar\/sync\//,
    may: [shared, system, node, /^ws$/, /^sidecar\/(local|cache|outbound)\//],
  },
  {
    from: /^sidecar\/http\//,
    may: [
      shared,
      system,
      node,
      /^(hono(\/route)?|@hono\/node-server)$/,
      /^sidecar\/(local|cache|sync|telemetry|tls)\//,
      /^sidecar\/(host-report\/report|agent\/tokens)\.ts$/,
      /^sidecar\/config\/join-address\.ts$/,
    ],
    types: [/^sidecar\/(checks|config)\//],
  },
  {
    from: /^sidecar\/watches\//,
    may: [system, node, /^sidecar\/checks\/run-command\.ts$/, /^sidecar\/sync\/back-off\.ts$/],
    types: [/^sidecar\/config\//],
  },
  { from: system, may: [node, /^koffi$/] },
  { from: /^sidecar\/(agent\/|commands\/|main\.ts$)/, may: [/^sidecar\//, shared, node], types: [/^hono$/] },
];

const files = [...sourceFiles('src'), ...sourceFiles('sidecar')];

test.each(files.map((file) => [file.path, file] as const))('%s imports only what it may', (path, file) => {
  const rule = rules.find(({ from }) => from.test(path));
  expect(rule, 'no rule is about this file: give its folder one').toBeDefined();
  expect(importsOf(file).filter((found) => !isAllowed(file, rule!, found))).toEqual([]);
});

function isAllowed({ path }: SourceFile, { may, types = [] }: Rule, { target, typeOnly }: Import): boolean {
  const ownFolder = path.split('/').slice(0, 2).join('/');
  if (target.startsWith(`${ownFolder}/`) && path.split('/').length > 2) return true;
  return (
    may.some((pattern) => pattern.test(target)) || (typeOnly && types.some((pattern) => pattern.test(target)))
  );
}

test('the two halves meet in src/shared alone', () => {
  const across = files.flatMap((file) =>
    importsOf(file)
      .filter(({ target }) =>
        file.path.startsWith('src/') ? /^sidecar\//.test(target) : /^src\/(?!shared\/)/.test(target),
      )
      .map(({ target }) => `${file.path} -> ${target}`),
  );
  expect(across).toEqual([]);
});
