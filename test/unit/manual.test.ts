/** The pages in man/: their tables are those of the code, their form is what mandoc(1) and man-pages(7) ask for. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filled, pageFiles } from '../../scripts/manual/main.mts';
import { COMMANDS } from '../../src/cli/verbs.ts';
import { ERROR_KINDS } from '../../src/protocol/errors.ts';

const PAGES = [
  'plugin.json.5',
  'toru-plugin.7',
  'toru-top.1',
  'toru-web.1',
  'toru.1',
  'torud.8',
  'torud.toml.5',
];

/** man-pages(7), "Sections within a manual page", those that are used here; others stand where DESCRIPTION is. */
const ORDER = [
  'NAME',
  'SYNOPSIS',
  'DESCRIPTION',
  'OPTIONS',
  'EXIT STATUS',
  'ERRORS',
  'ENVIRONMENT',
  'FILES',
  'NOTES',
  'EXAMPLES',
  'SEE ALSO',
];
const EVERYWHERE = ['NAME', 'DESCRIPTION', 'EXIT STATUS', 'ENVIRONMENT', 'FILES', 'EXAMPLES', 'SEE ALSO'];

const NO_MANDOC =
  spawnSync('mandoc', ['-T', 'lint', '/dev/null']).error === undefined ? '' : ' (skipped: no mandoc here)';

it('there is a page for each program, file and protocol', () => {
  expect(pageFiles().map((file) => basename(file))).toEqual(PAGES);
});

describe.each(pageFiles().map((file) => [basename(file), file]))('%s', (_name, file) => {
  const page = readFileSync(file, 'utf8');

  it('has the tables of the code; else "npm run manual" was forgotten', () => {
    expect(page).toBe(filled(page));
  });

  it.skipIf(NO_MANDOC !== '')(`gives mandoc nothing to complain about${NO_MANDOC}`, () => {
    const lint = spawnSync('mandoc', ['-T', 'lint', file], { encoding: 'utf8' });
    expect(lint.stdout + lint.stderr).toBe('');
  });

  it('has the sections of a manual page, in their order', () => {
    const sections = [...page.matchAll(/^\.SH (.+)$/gm)].map(([, title = '']) => title.replaceAll('"', ''));
    expect(sections).toEqual(expect.arrayContaining(EVERYWHERE));
    const known = sections.filter((title) => ORDER.includes(title));
    expect(known).toEqual(ORDER.filter((title) => known.includes(title)));
  });
});

it('a table that changes makes its page out of date', () => {
  const page = '.\\" begin exit codes\nold\n.\\" end exit codes\n';
  expect(filled(page)).not.toContain('old');
  expect(filled(page)).toContain('\\fB153\\fR');
});

it('toru(1) names every verb, every exit code and every error code', () => {
  const page = readFileSync(pageFiles().find((file) => file.endsWith('toru.1')) ?? '', 'utf8');
  const flat = page.replaceAll('\n', ' ').replaceAll('\\-', '-');
  for (const { verb } of COMMANDS) expect(flat).toContain(`\\fB${verb}\\fR`);
  for (const [code, { actionExit, queryExit }] of Object.entries(ERROR_KINDS)) {
    expect(flat).toContain(`(${code})`);
    expect(flat).toContain(`\\fB${actionExit}\\fR`);
    expect(flat).toContain(`\\fB${queryExit}\\fR`);
  }
});
