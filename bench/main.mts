/**
 * Measures toru and prints a table; with --write, also into BENCHMARKS.md. Names of figures as arguments choose.
 *
 *   npm run bench [-- --write] [-- list many idle restart lines adoption upgrade completion tui-start tui-rows tui-many forward gigabyte followers tasks system]
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { adoptionFigure } from './adoption-figure.mts';
import { completionFigure } from './completion-figure.mts';
import { type Figure, idleCpu, listRatio, manyLines, manyPlugins, restartTime } from './figures.mts';
import { followers } from './followers-figure.mts';
import { forwardGigabyte } from './forward-gigabyte.mts';
import { forwardRequests } from './forward-requests.mts';
import { systemFigure } from './system-figure.mts';
import { tasksFigure } from './tasks-figure.mts';
import { tuiMany, tuiRows, tuiStart } from './tui-figure.mts';
import { upgrade } from './upgrade-figure.mts';

const ALL: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  list: listRatio,
  many: manyPlugins,
  idle: idleCpu,
  restart: restartTime,
  lines: manyLines,
  adoption: adoptionFigure,
  upgrade,
  completion: completionFigure,
  'tui-start': tuiStart,
  'tui-rows': tuiRows,
  'tui-many': tuiMany,
  forward: forwardRequests,
  gigabyte: forwardGigabyte,
  followers,
  tasks: tasksFigure,
  system: systemFigure,
};
const START = '<!-- figures -->';
const END = '<!-- end of figures -->';

const args = process.argv.slice(2);
const chosen = args.filter((arg) => arg in ALL);
const figures: Figure[] = [];
for (const name of chosen.length > 0 ? chosen : Object.keys(ALL)) {
  process.stderr.write(`measuring ${name}\n`);
  figures.push(...((await ALL[name]?.()) ?? []));
}
const table = report(figures);
process.stdout.write(`${table}\n`);
if (args.includes('--write')) write(table);

function report(measured: readonly Figure[]): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}`;
  const rows = measured.map(({ name, value, unit, atMost, note }) => {
    const verdict = value <= atMost ? 'met' : '**missed**';
    return `| ${name} | ${round(value)} ${unit} | ${round(atMost)} | ${verdict} | ${note} |`;
  });
  return [
    `Measured ${new Date().toISOString().slice(0, 10)} on ${machine}.`,
    '',
    '| figure | measured | at most | | |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function round(value: number): string {
  return value === 0 ? '0' : value.toFixed(value < 10 ? 2 : 1);
}

function write(text: string): void {
  const file = new URL('../BENCHMARKS.md', import.meta.url);
  const page = readFileSync(file, 'utf8');
  const [before, after] = [page.indexOf(START), page.indexOf(END)];
  if (before === -1 || after === -1) throw new Error(`BENCHMARKS.md has no ${START} … ${END}`);
  writeFileSync(file, `${page.slice(0, before + START.length)}\n${text}\n${page.slice(after)}`);
}
