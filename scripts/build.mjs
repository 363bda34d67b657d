/**
 * Makes dist/: the bundles, toru-shim, and the example plugins. What has not changed since the last time is left alone.
 *
 *   node scripts/build.mjs [--force] [--skip-missing] [--all-machines]
 *
 * --all-machines makes toru-shim for x64 and arm64, as a package needs it; else it is made for this machine alone.
 *
 * Runs on Node 20 as well, because the npm that calls it may be that old.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { BUNDLES, bundleOptions, pluginBundle } from './bundles.mjs';
import { buildConsole, CONSOLE_INPUTS, CONSOLE_SOURCE, CONSOLE_TARGET } from './console.mjs';

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const isForced = process.argv.includes('--force');
const mayMiss = process.argv.includes('--skip-missing');

/** Machines that packages are made for, by Node's names. */
const MACHINES = ['x64', 'arm64'];

/** Folders in plugins/ that are no plugins. */
const NO_PLUGINS = new Set(['sdk']);
/** Left behind by tools, never part of what is built. */
const IGNORED = new Set(['node_modules', '__pycache__', 'build']);

process.chdir(checkout);
mkdirSync('dist', { recursive: true });
if (!existsSync(CONSOLE_TARGET)) rmSync('dist/.console.stamp', { force: true });
const outcomes = [
  await step(
    'bundles',
    ['src', 'plugins/sdk', 'plugins/web', 'tsconfig.json', 'package-lock.json'],
    buildBundles,
  ),
  await step('native', ['native'], () => buildNative(process.arch)),
  ...(process.argv.includes('--all-machines') ? await buildOtherShims() : []),
  await step('plugins', ['plugins', 'src/protocol', 'tsconfig.json'], buildPlugins),
  await step('console', CONSOLE_INPUTS, makeConsole),
];
process.exitCode = outcomes.every(Boolean) ? 0 : 1;

/** Runs `make` unless its inputs are those of its last success. Answers whether all is well. */
async function step(name, inputs, make) {
  const stamp = join('dist', `.${name}.stamp`);
  const digest = digestOf(['scripts/build.mjs', 'scripts/bundles.mjs', ...inputs]);
  if (!isForced && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return true;
  rmSync(stamp, { force: true });
  const isComplete = await make();
  if (isComplete) writeFileSync(stamp, digest);
  return isComplete || mayMiss;
}

/** SHA-256 over names and contents, machine included: native code is made for one. */
function digestOf(inputs) {
  const hash = createHash('sha256').update(`${process.arch}\0`);
  for (const input of inputs) addTo(hash, input);
  return hash.digest('hex');
}

function addTo(hash, path) {
  if (!existsSync(path)) return;
  for (const entry of listFiles(path)) hash.update(`${entry}\0`).update(readFileSync(entry)).update('\0');
}

function listFiles(path) {
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (thrown) {
    if (thrown.code === 'ENOTDIR') return [path];
    throw thrown;
  }
  return entries
    .filter((entry) => !IGNORED.has(entry.name))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? listFiles(join(path, entry.name)) : [join(path, entry.name)]));
}

function isMissing(source) {
  if (existsSync(source)) return false;
  console.error(`build: ${source} is missing${mayMiss ? ', skipped' : ''}`);
  return true;
}

async function buildBundles() {
  const present = BUNDLES.filter((entry) => !isMissing(entry.source));
  const made = await Promise.all(present.map((entry) => makeBundle(entry)));
  return present.length === BUNDLES.length && made.every(Boolean);
}

async function makeBundle(entry) {
  try {
    await bundle(bundleOptions(entry, checkout));
    return true;
  } catch (thrown) {
    // esbuild has printed its messages; anything else is a bug here.
    if (Array.isArray(thrown.errors)) return false;
    throw thrown;
  }
}

/** On other machines than those of packages there is no option for it, and any compiler will do. */
function buildNative(machine) {
  if (isMissing('native/build.sh')) return false;
  const options = machine === process.arch ? [] : [`--${machine}`];
  const made = spawnSync('sh', ['native/build.sh', `dist/native/${machine}`, ...options], {
    stdio: 'inherit',
  });
  if (made.status !== 0) {
    console.error('build: native/build.sh failed; a C compiler is needed (apt-get install gcc)');
    return false;
  }
  recordShims();
  return true;
}

async function buildOtherShims() {
  const made = [];
  for (const machine of MACHINES.filter((name) => name !== process.arch))
    made.push(await step(`native-${machine}`, ['native'], () => buildNative(machine)));
  return made;
}

/** dist/native/build-record.json: by what each shim was made, and the checksum that it had then. */
function recordShims() {
  const record = {};
  for (const arch of readdirSync('dist/native').sort()) {
    const file = `${arch}/toru-shim`;
    if (!existsSync(`dist/native/${file}.built`)) continue;
    const built = readFileSync(`dist/native/${file}.built`, 'utf8');
    const said = Object.fromEntries(
      built
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    );
    const sha256 = createHash('sha256')
      .update(readFileSync(`dist/native/${file}`))
      .digest('hex');
    record[file] = { arch, compiler: said.compiler, static: said.static === 'yes', sha256 };
  }
  writeFileSync('dist/native/build-record.json', `${JSON.stringify(record, null, 2)}\n`);
}

async function buildPlugins() {
  const ids = readdirSync('plugins', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !NO_PLUGINS.has(entry.name))
    .map((entry) => entry.name);
  removeAllBut(CONSOLE_TARGET, 'dist/plugins');
  mkdirSync('dist/plugins', { recursive: true });
  const made = await Promise.all(ids.map(buildPlugin));
  return made.every(Boolean);
}

function makeConsole() {
  const isMade = buildConsole();
  if (isMade) setModes(CONSOLE_TARGET);
  return isMade;
}

/** The console is a step of its own, and takes longer. */
function removeAllBut(kept, folder) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (kept.startsWith(`${path}/`)) removeAllBut(kept, path);
    else if (path !== kept) rmSync(path, { recursive: true, force: true });
  }
}

/** Copies what the plugin is made of; TypeScript is bundled instead. */
async function buildPlugin(id) {
  const target = join('dist/plugins', id);
  cpSync(join('plugins', id), target, {
    recursive: true,
    filter: (source) =>
      source !== CONSOLE_SOURCE && !source.endsWith('.ts') && !IGNORED.has(source.split('/').at(-1)),
  });
  removeEmptyFolders(target);
  setModes(target);
  const entry = pluginBundle(id, checkout);
  if (entry === undefined) return true;
  const isMade = await makeBundle(entry);
  if (isMade) chmodSync(entry.bundle, 0o755);
  return isMade;
}

/** What folders of sources leave behind. */
function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) continue;
    removeEmptyFolders(path);
    if (readdirSync(path).length === 0) rmdirSync(path);
  }
}

/** A plugin that others may write to is refused, and a checkout may have been made with any umask. */
function setModes(path) {
  const { mode } = statSync(path);
  chmodSync(path, mode & 0o111 ? 0o755 : 0o644);
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) setModes(join(path, name));
}
