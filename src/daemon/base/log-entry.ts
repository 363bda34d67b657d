/** Entries of plugin-supervisor.log as text: JSON for the file, a short form for a person's terminal. */

import { messageOf } from '../../protocol/result.ts';
import type { LogFields, SupervisorLevel } from './supervisor-log.ts';

export interface LogEntry {
  /** RFC 3339 UTC, microseconds. */
  readonly timestamp: string;
  readonly level: SupervisorLevel;
  readonly event: string;
  readonly fields: LogFields;
}

/** Longest text of one value, in characters. */
const MAX_TEXT_LENGTH = 16 * 1024;
/** Longest line, in characters. */
const MAX_LINE_LENGTH = 128 * 1024;
/** What needs no quotes in the short form. */
const PLAIN_VALUE = /^[\w./:@+,%-]+$/;

/** One line of JSON with its newline: timestamp, level, event, plugin, then the other fields. Never throws. */
export function jsonLine(entry: LogEntry): string {
  const { timestamp, level, event, fields } = entry;
  const { plugin, timestamp: _time, level: _level, event: _event, ...others } = fields;
  const head = { timestamp, level, event, ...(plugin === undefined ? {} : { plugin }) };
  try {
    const line = JSON.stringify({ ...head, ...others }, plainValue);
    if (line.length <= MAX_LINE_LENGTH) return `${line}\n`;
    return `${JSON.stringify({ ...head, cut: true }, plainValue)}\n`;
  } catch (thrown) {
    return `${JSON.stringify({ ...head, notWritten: messageOf(thrown) }, plainValue)}\n`;
  }
}

/** `TIME level event plugin=… key=value` with its newline. Control characters are escaped. */
export function shortLine(entry: LogEntry): string {
  const { plugin, ...others } = entry.fields;
  const pairs = Object.entries(plugin === undefined ? others : { plugin, ...others })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${shortValue(value)}`);
  return `${[entry.timestamp, entry.level, entry.event, ...pairs].join(' ')}\n`;
}

/** JSON.stringify refuses a bigint, and makes `{}` of an Error. */
function plainValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return value.message;
  if (typeof value !== 'string' || value.length <= MAX_TEXT_LENGTH) return value;
  return `${value.slice(0, MAX_TEXT_LENGTH)}… (${value.length - MAX_TEXT_LENGTH} characters more)`;
}

function shortValue(value: unknown): string {
  const text = typeof value === 'string' ? value : jsonText(value);
  if (PLAIN_VALUE.test(text) || (typeof value !== 'string' && !text.includes(' '))) return text;
  return escaped(JSON.stringify(text.slice(0, MAX_TEXT_LENGTH)));
}

function jsonText(value: unknown): string {
  try {
    return escaped(JSON.stringify(value, plainValue) ?? String(value));
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/** DEL and the C1 controls, which JSON lets pass, can steer a terminal as well. */
function escaped(text: string): string {
  return text.replace(/[\u007f-\u009f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
