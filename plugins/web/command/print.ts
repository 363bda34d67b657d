/** What a verb found, on standard output: a table, lines for scripts, or JSON. */

import { ERROR_KINDS, type ErrorBody } from '../../../src/protocol/errors.ts';
import { JSON_SCHEMA } from '../../../src/protocol/version.ts';
import type { Options } from './words.ts';

export interface Table {
  /** Key of the list in JSON. */
  readonly key: string;
  readonly columns: readonly string[];
  /** Values by column; null is nothing. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export function printTable({ key, columns, rows }: Table, options: Options): void {
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ schema: JSON_SCHEMA, [key]: rows })}\n`);
    return;
  }
  const cells = rows.map((row) => columns.map((column) => cellOf(row[column])));
  if (options.plain === true) {
    process.stdout.write([columns.map(headOf), ...cells].map((row) => `${row.join('\t')}\n`).join(''));
    return;
  }
  const all = [columns.map(headOf), ...cells];
  const widths = columns.map((_column, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  const lines = all.map((row) => row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  '));
  process.stdout.write(lines.map((line) => `${line.trimEnd()}\n`).join(''));
}

/** @returns the exit code */
export function printError(verb: string, error: ErrorBody, options: Options): number {
  if (options.json === true) process.stderr.write(`${JSON.stringify({ error })}\n`);
  else {
    const parts = ['toru-web', verb, error.name, error.message].filter(
      (part) => part !== undefined && part !== '',
    );
    process.stderr.write(`${parts.join(': ')}${error.hint === undefined ? '' : `; ${error.hint}`}\n`);
  }
  return ERROR_KINDS[error.code].actionExit;
}

function headOf(column: string): string {
  return column.replace(/[A-Z]/g, (letter) => `-${letter}`).toUpperCase();
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  return Array.isArray(value) ? value.join(',') : String(value);
}
