/** What a verb gives back, and how that becomes text: printing and exit codes are decided here alone. */

import type { ErrorBody } from '../../protocol/errors.ts';
import { JSON_SCHEMA } from '../../protocol/version.ts';
import type { Globals } from '../globals.ts';
import { sanitiseBlock } from './sanitise.ts';
import type { Screen } from './screen.ts';
import type { Table } from './table.ts';
import { formatPlain, formatTable } from './table.ts';

export interface Answer {
  /** Keys of the JSON document beside `schema`; absent: no document (an error, or a stream that wrote by itself). */
  readonly document?: object;
  /** The objects of `-o json-lines`; absent: the document is the one line. */
  readonly records?: readonly object[];
  /** The bare values of `-o value`; absent: as for `table`. */
  readonly values?: readonly string[];
  /** For `table` and `plain`. */
  readonly table?: Table;
  /** For people, in the place of a table; sanitised here, so without colours of its own. */
  readonly text?: string;
  /** As `text`, but safe already and ready to print: it carries colours. */
  readonly paintedText?: string;
  /** On standard error, unless `-q`. */
  readonly hints?: readonly string[];
  readonly errors?: readonly ErrorBody[];
  /** Of a stream that wrote by itself: why standard output did not take it. */
  readonly refusal?: string;
  /** Absent: the first error's code, else 0. */
  readonly exitCode?: number;
}

export function failed(...errors: readonly ErrorBody[]): Answer {
  return { errors };
}

/** The text for standard output; empty or ended by a newline. */
export function renderAnswer(answer: Answer, globals: Globals, screen: Screen): string {
  switch (globals.format) {
    case 'json':
      return answer.document === undefined
        ? ''
        : `${JSON.stringify({ schema: JSON_SCHEMA, ...answer.document })}\n`;
    case 'json-lines':
      if (answer.records !== undefined) return joined(answer.records.map((record) => JSON.stringify(record)));
      return answer.document === undefined
        ? ''
        : `${JSON.stringify({ schema: JSON_SCHEMA, ...answer.document })}\n`;
    case 'value':
      if (answer.values !== undefined) return joined(answer.values);
      return renderText(answer, globals, screen);
    case 'plain':
      if (answer.table !== undefined) return joined(formatPlain(answer.table, globals.hasLegend));
      return renderText(answer, globals, screen);
    default:
      return renderText(answer, globals, screen);
  }
}

function renderText(answer: Answer, globals: Globals, screen: Screen): string {
  if (answer.paintedText !== undefined) return ended(answer.paintedText);
  if (answer.text !== undefined) return ended(sanitiseBlock(answer.text));
  if (answer.table === undefined) return '';
  const style = { hasLegend: globals.hasLegend, hasColour: screen.hasColour, width: screen.columns };
  return answer.table.rows.length === 0 ? '' : joined(formatTable(answer.table, style));
}

function joined(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
