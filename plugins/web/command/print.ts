/** What a verb found, on standard output: a table, lines for scripts, or JSON. */

import { sanitise, sanitiseField } from '../../../src/cli/output/sanitise.ts';
import { writeNote, writeOutput } from '../../../src/cli/output/sink.ts';
import { ERROR_KINDS, type ErrorBody } from '../../../src/protocol/errors.ts';
import { JSON_SCHEMA } from '../../../src/protocol/version.ts';
import { formatOf, isJson, type Options } from './words.ts';

export interface Table {
  /** Key of the list in JSON. */
  readonly key: string;
  readonly columns: readonly string[];
  /** The column that `-o value` prints; absent: as for `table`. */
  readonly value?: string;
  /** Values by column; null is nothing. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Throws OutputClosed or OutputRefused (src/cli/output/sink.ts). */
export function printTable(table: Table, options: Options): Promise<void> {
  return writeOutput(textOf(table, options));
}

function textOf({ key, columns, value, rows }: Table, options: Options): string {
  const format = formatOf(options);
  if (format === 'json') return `${JSON.stringify({ schema: JSON_SCHEMA, [key]: rows })}\n`;
  if (format === 'json-lines') return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  if (format === 'value' && value !== undefined) return rows.map((row) => `${cellOf(row[value])}\n`).join('');
  const all = [columns.map(headOf), ...rows.map((row) => columns.map((column) => cellOf(row[column])))];
  if (format === 'plain') return all.map((row) => `${row.join('\t')}\n`).join('');
  const widths = columns.map((_column, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  return all
    .map((row) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** @returns the exit code */
export async function printError(verb: string, error: ErrorBody, options: Options): Promise<number> {
  const { code, name, message, hint } = error;
  if (isJson(options)) {
    const document = { code, message, hint: hint ?? null, name: name ?? null };
    await writeNote(`${JSON.stringify({ error: document })}\n`);
  } else {
    const parts = ['toru-web', verb, name, message].filter((part) => part !== undefined && part !== '');
    await writeNote(`${sanitise(`${parts.join(': ')}${hint === undefined ? '' : `; ${hint}`}`)}\n`);
  }
  return ERROR_KINDS[code].actionExit;
}

function headOf(column: string): string {
  return column.replace(/[A-Z]/g, (letter) => `-${letter}`).toUpperCase();
}

/** Names and what was asked for were written by others: nothing in them may move a terminal's cursor or make a line of its own. */
function cellOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  return sanitiseField(Array.isArray(value) ? value.join(',') : String(value));
}
