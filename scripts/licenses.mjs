/**
 * Prints the licence of every package whose code is in the bundles, as their licences ask for.
 * What is not bundled (Node, koffi) comes with its own.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLES, bundleOptions, MODULES, pluginBundle } from './bundles.mjs';
import { CONSOLE_SOURCE } from './console.mjs';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const names = new Set();
const modules = [...MODULES].map((id) => pluginBundle(id, checkout));
for (const entry of [...BUNDLES, ...modules]) {
  if (entry === undefined || !existsSync(join(checkout, entry.source))) continue;
  await addPackages(bundleOptions(entry, checkout));
}
// vite makes the console, of the same files.
await addPackages({
  absWorkingDir: checkout,
  entryPoints: [join(CONSOLE_SOURCE, 'main.tsx')],
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  metafile: true,
});

async function addPackages(options) {
  const { metafile } = await build({ ...options, write: false });
  for (const path of Object.keys(metafile.inputs)) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    if (name !== undefined) names.add(name);
  }
}

for (const name of [...names].sort()) {
  const folder = join(checkout, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((one) => /^(licen[cs]e|copying)/i.test(one));
  const text = file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8').trim();
  process.stdout.write(`${name} ${version}\n${'-'.repeat(72)}\n${text}\n\n\n`);
}
