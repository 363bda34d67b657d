/** Bundles TypeScript of plugins/ for a test, as the build does it for dist/. */

import { chmodSync } from 'node:fs';
import { build } from 'esbuild';
import { CHECKOUT } from './programs.ts';

/** @param source relative to the checkout; @param target absolute */
export async function bundlePlugin(source: string, target: string): Promise<void> {
  await build({
    absWorkingDir: CHECKOUT,
    entryPoints: [source],
    outfile: target,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node18',
    logLevel: 'warning',
  });
  chmodSync(target, 0o755);
}
