/** Help, made of the same declarations that the parsers read. */

import { ERROR_KINDS } from '../protocol/errors.ts';
import type { Command, OptionSpec } from './command.ts';
import { GLOBAL_OPTIONS } from './command.ts';
import { formatTable } from './output/table.ts';
import { wrap } from './output/wrap.ts';
import { VERB_GROUPS } from './verbs.ts';

const COLUMNS = 90;

export function generalHelp(): string {
  const groups = VERB_GROUPS.flatMap(({ title, commands }) => [
    '',
    `${title}:`,
    ...aligned(commands.map((command) => [`  ${command.verb} ${command.operands}`.trimEnd(), command.does])),
  ]);
  return [
    'toru - see and steer the plugins that torud supervises',
    '',
    'Usage: toru VERB [NAME...] [OPTION...]',
    ...groups,
    '',
    'Options of every verb:',
    ...optionLines(GLOBAL_OPTIONS),
    '',
    'NAME: exact, a quoted pattern ("web-*"), a group (@web), - (standard input, one a line), or --all.',
    'More: "toru help VERB", "toru help exit-codes".',
  ].join('\n');
}

export function verbHelp(command: Command): string {
  const own = new Set(command.options.map(({ name }) => name));
  const aliases = command.aliases === undefined ? [] : [`Also: ${command.aliases.join(', ')}`];
  const details = command.details === undefined ? [] : ['', ...wrap(command.details, COLUMNS)];
  const options = command.options.length === 0 ? [] : ['', 'Options:', ...optionLines(command.options)];
  return [
    `Usage: toru ${command.verb} ${command.operands} [OPTION...]`.replace(/ {2,}/g, ' '),
    ...aliases,
    '',
    ...wrap(`${command.does.charAt(0).toUpperCase()}${command.does.slice(1)}.`, COLUMNS),
    ...details,
    ...options,
    '',
    'Options of every verb:',
    ...optionLines(GLOBAL_OPTIONS.filter(({ name }) => !own.has(name))),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
  ].join('\n');
}

/** CLI.md's table, with the words of the protocol's error codes. */
export function exitCodeHelp(): string {
  const rows = [
    ['0', '0', 'running, or yes; done, or already so'],
    ['1', '-', 'is-enabled, is-failed: no; kv get: there is no such key'],
    ['3', '-', 'not running'],
    ...Object.entries(ERROR_KINDS).map(([code, kind]) => [
      String(kind.queryExit),
      String(kind.actionExit),
      `${code}: ${kind.means}`,
    ]),
  ];
  const columns = [
    { title: 'QUERY', align: 'right' as const },
    { title: 'ACTION', align: 'right' as const },
    { title: 'MEANS' },
  ];
  return [
    ...wrap(
      'Exit codes. Query verbs are those that only look (list, status, show, why, is-..., logs, crashes, events); action verbs change something or wait.',
      COLUMNS,
    ),
    '',
    ...formatTable({ columns, rows }, { hasLegend: true, hasColour: false }),
    '',
    ...wrap(
      'Several names: it goes on after an error, and exits with the code of the first one. crashes, events and logs with --strict or --fail-empty: 1 where lines were lost or nothing was found.',
      COLUMNS,
    ),
    '',
    ...wrap(
      'run and actions run: the code of the script, 128+N when signal N ended it, 124 when its time limit has passed; toru itself gives 125 for a failure, 126 for a script that is refused or cannot be executed, 127 for one that is not there.',
      COLUMNS,
    ),
  ].join('\n');
}

function optionLines(options: readonly OptionSpec[]): string[] {
  return aligned(
    options.map(({ name, short, value, does }) => {
      const letter = short === undefined ? '    ' : `-${short}, `;
      return [`  ${letter}--${name}${value === undefined ? '' : ` ${value}`}`, does];
    }),
  );
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([left = '']) => left.length)) + 2;
  return rows.flatMap(([left = '', right = '']) => {
    const [first = '', ...rest] = wrap(right, Math.max(20, COLUMNS - width));
    return [`${left.padEnd(width)}${first}`, ...rest.map((line) => `${' '.repeat(width)}${line}`)];
  });
}
