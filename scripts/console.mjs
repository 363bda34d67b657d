/**
 * Builds the browser console of the plugin `web` into dist/plugins/web/console, each file with its compressed forms beside it.
 * Runs on Node 20 as well, because the npm that calls it may be that old; vite runs on toru's own.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

export const CONSOLE_SOURCE = 'plugins/web/console';
export const CONSOLE_TARGET = 'dist/plugins/web/console';
/** What it is built from. */
export const CONSOLE_INPUTS = [
  CONSOLE_SOURCE,
  'src/protocol',
  'src/cli',
  'scripts/console.mjs',
  'package-lock.json',
];

/** Smaller ones are not worth a second file. */
const MIN_BYTES = 512;

/** Answers whether it was made. */
export function buildConsole() {
  const own = 'node_modules/.bin/node';
  const made = spawnSync(
    existsSync(own) ? own : process.execPath,
    ['node_modules/vite/bin/vite.js', 'build', '--config', `${CONSOLE_SOURCE}/vite.config.mts`],
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NODE_ENV: 'production' } },
  );
  if (made.status !== 0) {
    console.error('build: the console was not built');
    return false;
  }
  compress(CONSOLE_TARGET);
  return true;
}

function compress(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) compress(path);
    else if (/\.(js|css|html|svg)$/.test(entry.name)) compressFile(path);
  }
}

function compressFile(path) {
  const content = readFileSync(path);
  if (content.length < MIN_BYTES) return;
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
}
