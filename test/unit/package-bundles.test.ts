/** What goes into the bundles, from esbuild's own account of it. */

import { builtinModules } from 'node:module';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { BUNDLES, bundleOptions } from '../../scripts/bundles.mjs';
import { CHECKOUT } from '../rig/programs.ts';

/** The files of node-ipc that serve a Unix socket: no client of its own, no message parser, no singleton. */
const NODE_IPC_FILES = [
  'node_modules/node-ipc/dao/socketServer.js',
  'node_modules/node-ipc/entities/Defaults.js',
  'node_modules/node-ipc/entities/EventParser.js',
  'node_modules/node-ipc/entities/TLS.js',
];

interface Contents {
  readonly inputs: readonly string[];
  readonly externals: readonly string[];
}

async function contentsOf(bundle: string): Promise<Contents> {
  const entry = BUNDLES.find((one) => one.bundle === bundle);
  if (entry === undefined) throw new Error(`no bundle ${bundle}`);
  const { metafile } = await build({ ...bundleOptions(entry, CHECKOUT), write: false });
  const output = Object.values(metafile.outputs)[0];
  if (output === undefined) throw new Error(`nothing came out of ${bundle}`);
  return {
    inputs: Object.keys(output.inputs),
    externals: output.imports.filter((one) => one.external === true).map((one) => one.path),
  };
}

function packagesOf(contents: Contents): readonly string[] {
  const names = contents.inputs.flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  );
  return [...new Set(names)].sort();
}

function isBuiltIn(path: string): boolean {
  return path.startsWith('node:') || builtinModules.includes(path);
}

test('of node-ipc only the files that are used are in torud', async () => {
  const { inputs } = await contentsOf('dist/torud.cjs');
  const used = inputs.filter((path) => path.includes('node_modules/node-ipc/'));
  expect(used.toSorted()).toEqual(NODE_IPC_FILES);
});

test('torud needs nothing at run time but Node and koffi', async () => {
  const { externals } = await contentsOf('dist/torud.cjs');
  expect(externals.filter((path) => !isBuiltIn(path) && path !== 'koffi')).toEqual([]);
});

test('torud and toru hold nothing of the HTTP module, nor of its packages', async () => {
  const packages = new Set([
    'hono',
    '@hono/node-server',
    'undici',
    'react-dom',
    'wouter',
    'swr',
    'uplot',
    'vite',
  ]);
  for (const { bundle } of BUNDLES.filter(({ source }) => source.startsWith('src/'))) {
    const contents = await contentsOf(bundle);
    expect([bundle, packagesOf(contents).filter((name) => packages.has(name))]).toEqual([bundle, []]);
    expect([bundle, contents.inputs.filter((path) => path.startsWith('plugins/web/'))]).toEqual([bundle, []]);
  }
});

test('the fast path of toru holds no package and nothing of the daemon', async () => {
  const contents = await contentsOf('dist/toru.cjs');
  expect(packagesOf(contents)).toEqual([]);
  expect(contents.inputs.filter((path) => path.startsWith('src/daemon/'))).toEqual([]);
  expect(contents.externals.filter((path) => !isBuiltIn(path))).toEqual([]);
});

test('the rest of toru holds commander alone and nothing of the daemon', async () => {
  const contents = await contentsOf('dist/toru-full.cjs');
  expect(packagesOf(contents).filter((name) => name !== 'commander')).toEqual([]);
  expect(contents.inputs.filter((path) => path.startsWith('src/daemon/'))).toEqual([]);
  expect(contents.externals.filter((path) => !isBuiltIn(path))).toEqual([]);
});

test('the terminal UI needs nothing at run time but Node, and holds React for production alone', async () => {
  const contents = await contentsOf('dist/toru-tui.mjs');
  expect(contents.externals.filter((path) => !isBuiltIn(path))).toEqual([]);
  expect(contents.inputs.filter((path) => path.startsWith('src/daemon/'))).toEqual([]);
  expect(
    contents.inputs.filter((path) => /react.*development|node_modules\/react-devtools/.test(path)),
  ).toEqual([]);
});

test('Ink is in no bundle but that of the terminal UI', async () => {
  for (const { bundle } of BUNDLES) {
    const packages = packagesOf(await contentsOf(bundle));
    expect(packages.includes('ink'), bundle).toBe(bundle === 'dist/toru-tui.mjs');
  }
});

test('the conformance suite needs nothing at run time but Node, and listens nowhere', async () => {
  const contents = await contentsOf('dist/toru-check.cjs');
  expect(contents.externals.filter((path) => !isBuiltIn(path))).toEqual([]);
  expect(contents.inputs.filter((path) => path.startsWith('src/daemon/control/'))).toEqual([]);
});

test('what completion asks holds no package and no verb', async () => {
  const contents = await contentsOf('dist/toru-complete.cjs');
  expect(packagesOf(contents)).toEqual([]);
  expect(contents.inputs.filter((path) => /^src\/(daemon|cli\/commands)\//.test(path))).toEqual([]);
});

test('the doctor needs nothing at run time but Node and, where it is there, koffi', async () => {
  const { externals } = await contentsOf('dist/toru-doctor.cjs');
  expect(externals.filter((path) => !isBuiltIn(path) && path !== 'koffi')).toEqual([]);
});

test('the SDK holds no package', async () => {
  expect(packagesOf(await contentsOf('dist/sdk.cjs'))).toEqual([]);
});
