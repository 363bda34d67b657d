/** Turns batches of log lines into text, in the format that was asked for. */

import type { LogTextStyle } from './log-text.ts';
import { logText, parseLogLine } from './log-text.ts';
import { sanitise, sanitiseField } from './output/sanitise.ts';
import type { Session } from './session.ts';

/** Beside the formats that every verb has. */
export const LOG_FORMATS = ['short', 'raw', 'cat'] as const;

export class LogPrinter {
  readonly #session: Session;
  readonly #hasIdColumn: boolean;
  #idWidth = 0;

  constructor(session: Session) {
    this.#session = session;
    const [name = '', ...others] = session.operands;
    const isOne = name !== '' && others.length === 0 && !/[*?[@]/.test(name);
    this.#hasIdColumn = !isOne && !session.has('supervisor');
  }

  /** Each line ended by a newline. */
  format(lines: readonly string[]): string {
    const format = this.#formatter();
    return lines.map((line) => `${format(line)}\n`).join('');
  }

  #formatter(): (line: string) => string {
    const { isTerminal, hasColour } = this.#session.screen;
    switch (this.#session.globals.format) {
      case 'json':
      case 'json-lines':
        return (line) => line;
      case 'cat':
      case 'value':
        return (line) => (isTerminal ? sanitise(messageOf(line)) : messageOf(line));
      case 'plain':
        return plainLine;
      case 'raw':
        return (line) => logText(line, this.#style(line, hasColour, true));
      default:
        return (line) => logText(line, this.#style(line, hasColour, false));
    }
  }

  /** The column grows with the longest id so far: what is printed already cannot be aligned again. */
  #style(line: string, hasColour: boolean, isRaw: boolean): LogTextStyle {
    if (this.#hasIdColumn) {
      const plugin = parseLogLine(line)?.plugin;
      if (typeof plugin === 'string') this.#idWidth = Math.max(this.#idWidth, plugin.length);
    }
    return { hasColour, idWidth: this.#idWidth, nowMs: Date.now(), isRaw };
  }
}

/** The text of a line; of the supervisor's lines, which have none, the whole. */
function messageOf(text: string): string {
  const message = parseLogLine(text)?.message;
  return typeof message === 'string' ? message : text;
}

function plainLine(text: string): string {
  const line = parseLogLine(text);
  if (line === undefined) return sanitiseField(text);
  if (line.event !== undefined) return plainRecord(supervisorFields(line));
  return plainRecord([line.timestamp, line.level, line.plugin, line.stream, line.message ?? '']);
}

/** Of a line of plugin-supervisor.log: what each has, then all else as JSON. */
function supervisorFields(line: Record<string, unknown>): unknown[] {
  const { timestamp, level, event, plugin, ...rest } = line;
  return [timestamp, level, event, plugin, JSON.stringify(rest)];
}

function plainRecord(fields: readonly unknown[]): string {
  return fields.map((field) => sanitiseField(String(field ?? '-'))).join('\t');
}
