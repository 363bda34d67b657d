/** `toru check` */

import { join } from 'node:path';
import { errorBody } from '../../protocol/errors.ts';
import {
  CHECK_BUNDLE,
  type CheckedCase,
  type CheckProgram,
  type CheckReport,
  type CheckRequest,
} from '../../protocol/programs.ts';
import type { Command } from '../command.ts';
import { nearestHint } from '../nearest.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { type Colour, paint } from '../output/colours.ts';
import { sanitise } from '../output/sanitise.ts';
import type { Table } from '../output/table.ts';
import { startProgress } from '../progress.ts';
import type { Session } from '../session.ts';

/** CLI.md: the plugin or its configuration is not valid. */
const INVALID_EXIT = 6;
const FAILED_EXIT = 1;

export const check: Command = {
  verb: 'check',
  kind: 'action',
  operands: 'PATH',
  minOperands: 0,
  maxOperands: 1,
  takesNames: false,
  options: [
    { name: 'case', value: 'NAME', isRepeatable: true, does: 'this case alone; may be given several times' },
    { name: 'list', does: 'name the cases, and check nothing' },
    { name: 'drop-in', value: 'FILE', does: 'settings of an admin that hold for it, like plugins.d/ID.toml' },
    {
      name: 'verbose',
      short: 'v',
      does: 'of a case that failed, also what was said and what the plugin wrote',
    },
  ],
  does: 'would torud take this plugin? Runs the conformance suite of the plugin protocol against it',
  details:
    'PATH is a plugin folder, a program that knows --metadata, or a .tar.gz that "toru install" would take. No torud is needed: ' +
    'the plugin is started with your own rights, as torud starts it, many times, in a temporary folder. ' +
    "--timeout is the longest time for one case; without it the plugin's own times to start and to end count. Exit code: 0 all cases passed, 1 one failed, 5 there is nothing at PATH, " +
    '6 torud would refuse the plugin, so that nothing of it was run.',
  examples: [
    'toru check ./weather',
    'toru check weather.tar.gz --json',
    'toru check ./weather --case shutdown --case sigterm --verbose',
    'toru check --list',
  ],
  run: runCheck,
};

async function runCheck(session: Session): Promise<Answer> {
  // Beside this file; a computed path, so that the bundler leaves it out of this bundle.
  const { program } = require(join(__dirname, CHECK_BUNDLE)) as { readonly program: CheckProgram };
  if (session.has('list')) return listOf(program);
  const [path] = session.operands;
  if (path === undefined) return failed(errorBody('usage', 'needs PATH', { hint: 'see "toru help check"' }));
  if (path === '')
    return failed(errorBody('usage', 'PATH is empty', { hint: 'is a variable of the script not set?' }));
  const cases = session.values('case');
  const known = program.cases.map(({ name }) => name);
  const unknown = cases.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const hint = nearestHint(unknown, known) ?? 'see "toru check --list"';
    return failed(errorBody('usage', `--case: there is no case "${unknown}"`, { hint }));
  }
  return perform(session, program, {
    path,
    cases,
    caseTimeoutMs: session.globals.isTimeoutGiven ? session.globals.timeoutMs : 0,
    dropIn: session.value('drop-in'),
    wantsExchange: session.has('verbose'),
  });
}

async function perform(session: Session, program: CheckProgram, request: CheckRequest): Promise<Answer> {
  const progress = startProgress(session, 'checking');
  const result = await program.check(request);
  progress.end();
  if (!result.ok) return failed(result.failure);
  const report = result.value;
  const { refusal, cases, plugin } = report;
  const hasFailed = cases.some((one) => one.result === 'fail');
  return {
    document: {
      plugin,
      cases,
      passed: count(cases, 'pass'),
      failed: count(cases, 'fail'),
      skipped: count(cases, 'skip'),
    },
    records: cases,
    values: cases.map(({ name, result: word }) => `${word} ${name}`),
    table: tableOf(cases),
    ...(session.globals.format === 'table'
      ? { paintedText: textOf(report, session.screen.hasColour, request.wantsExchange) }
      : {}),
    ...(refusal === null ? {} : { errors: [errorBody('invalid', refusal, { name: request.path })] }),
    exitCode: refusal !== null ? INVALID_EXIT : hasFailed ? FAILED_EXIT : 0,
  };
}

function listOf({ cases }: CheckProgram): Answer {
  return {
    document: { cases },
    records: cases,
    values: cases.map(({ name }) => name),
    table: {
      columns: [{ title: 'CASE' }, { title: 'ASKS' }],
      rows: cases.map(({ name, does }) => [name, does]),
    },
  };
}

function count(cases: readonly CheckedCase[], result: CheckedCase['result']): number {
  return cases.filter((one) => one.result === result).length;
}

function tableOf(cases: readonly CheckedCase[]): Table {
  return {
    columns: [
      { title: 'RESULT' },
      { title: 'CASE' },
      { title: 'MS' },
      { title: 'DETAIL' },
      { title: 'HINT' },
    ],
    rows: cases.map(({ name, result, detail, durationMs, hint }) => [
      result,
      name,
      String(Math.round(durationMs)),
      detail,
      hint ?? '-',
    ]),
  };
}

const WORDS: Readonly<Record<CheckedCase['result'], { readonly word: string; readonly colour: Colour }>> = {
  pass: { word: 'ok', colour: 'green' },
  fail: { word: 'FAIL', colour: 'red' },
  skip: { word: 'skip', colour: 'dim' },
};

/** One line a case, and one of sums. */
function textOf({ plugin, cases, refusal }: CheckReport, hasColour: boolean, isVerbose: boolean): string {
  // Of a plugin that is refused nothing was tried, which needs no list.
  const told = refusal === null ? cases : cases.filter(({ result }) => result !== 'skip');
  const width = Math.max(...told.map(({ name }) => name.length));
  const lines = told.flatMap((one) => {
    const { word, colour } = WORDS[one.result];
    const shown = word.padEnd(4);
    const said = one.hint === null ? one.detail : `${one.detail}; ${one.hint}`;
    const line = `${hasColour ? paint(shown, colour) : shown} ${one.name.padEnd(width)}  ${sanitise(said)}`;
    return isVerbose ? [line, ...moreOf(one)] : [line];
  });
  const sums = `${count(cases, 'pass')} passed, ${count(cases, 'fail')} failed, ${count(cases, 'skip')} skipped`;
  const subject = plugin.version === null ? plugin.id : `${plugin.id} ${plugin.version}`;
  return [...lines, `${sanitise(subject)}: ${sums}`].join('\n');
}

function moreOf({ exchange = [], output = [] }: CheckedCase): readonly string[] {
  return [
    ...exchange.map((line) => `       ${sanitise(line)}`),
    ...output.map((line) => `       log: ${sanitise(line)}`),
  ];
}
