/**
 * Adds up the files NAME.json of a folder, each `{ "passed", "failed", "skipped" }`. Prints one line, `N passed, N failed`
 * (and `, N skipped` where something was), and ends with 1 when anything failed.
 *
 *   node scripts/sum-results.mjs FOLDER
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const name of readdirSync(folder).filter((one) => one.endsWith('.json'))) {
  const counts = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  for (const key of Object.keys(sum)) sum[key] += counts[key] ?? 0;
}
const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : '';
console.log(`${sum.passed} passed, ${sum.failed} failed${skipped}`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
