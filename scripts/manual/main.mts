/**
 * `npm run manual [-- --check]`: fills the tables of man/ from those that the code uses. A table stands between the lines
 * `.\" begin NAME` and `.\" end NAME` of a page; all else is written by hand. With --check nothing is written, and the
 * exit code is 1 when a page is not as it would be.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../../src/protocol/version.ts';
import { KEY_TABLES } from './keys.mts';
import { methods, pluginErrors } from './protocols.mts';
import { metadataFields, settings } from './settings.mts';
import { exitCodes, globalOptions, verbs } from './verbs.mts';
import { webExitCodes, webSettings, webVerbs } from './web.mts';
import { wrapped } from './wrapped.mts';

const TABLES: Readonly<Record<string, () => string>> = {
  verbs,
  'global options': globalOptions,
  'exit codes': exitCodes,
  methods,
  'plugin errors': pluginErrors,
  settings,
  'metadata fields': metadataFields,
  'web verbs': webVerbs,
  'web exit codes': webExitCodes,
  'web settings': webSettings,
  ...KEY_TABLES,
};

const FOLDER = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'man');

/** A page with its tables as they should be. Throws for a table that nobody makes. */
export function filled(page: string): string {
  const tables = page.replaceAll(
    /^(\.\\" begin (.+)\n)[\s\S]*?^(\.\\" end \2)$/gm,
    (_all, begin: string, name: string, end: string) => {
      const table = TABLES[name];
      if (table === undefined) throw new Error(`there is no table "${name}"`);
      return `${begin}${table()}\n${end}`;
    },
  );
  return wrapped(tables.replace(/^(\.TH \S+ \S+ \S+) "toru [^"]*"/m, `$1 "toru ${VERSION}"`));
}

export function pageFiles(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => /\.[1-9]$/.test(name))
    .sort()
    .map((name) => join(FOLDER, name));
}

function main(): number {
  const isCheck = process.argv.includes('--check');
  const stale = pageFiles().filter((file) => {
    const page = readFileSync(file, 'utf8');
    const wanted = filled(page);
    if (wanted === page) return false;
    if (!isCheck) writeFileSync(file, wanted);
    return true;
  });
  if (!isCheck || stale.length === 0) return 0;
  for (const file of stale) process.stderr.write(`${file} is out of date; run "npm run manual"\n`);
  return 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
