/** One line of a plugin's log, read only as far as is needed: most lines are never shown. */

import type { LogLevel } from '../../../../protocol/control/logs.ts';
import { parseLogLine } from '../../../log-text.ts';

export interface LogEntry {
  /** As it stands in the file. */
  readonly raw: string;
  /** '' where it is no line of a plugin. */
  readonly plugin: string;
  /** -1 without. */
  readonly run: number;
  /** -1 without. */
  readonly seq: number;
}

/** What is shown of a line. */
export interface LogFacts {
  readonly timestamp: string;
  readonly level: LogLevel | undefined;
  readonly stream: string;
  readonly message: string;
  readonly isCut: boolean;
  /** Lines that were lost at writing, on a gap line. */
  readonly lost: number;
}

const TIME_AT = '{"timestamp":"'.length;
const TIME_LENGTH = '2026-01-01T00:00:00.000000Z'.length;
const PLUGIN_KEY = '","plugin":"';
const MESSAGE_KEY = '","message":"';
const STREAM_KEY = '","stream":"';
const TAIL = /"seq":(\d+),"run":(\d+)[^"]*(?:"(?:cut|lost)":\w+,?)*\}$/;
const TAIL_LENGTH = 120;
/** Level and the keys around it. */
const HEAD_LENGTH = 90;

/** Each id once, however many lines there are. */
const ids = new Map<string, string>();

export function logEntry(raw: string): LogEntry {
  const pluginAt = raw.indexOf(PLUGIN_KEY, TIME_AT);
  const tail = TAIL.exec(raw.slice(-TAIL_LENGTH));
  if (pluginAt === -1 || pluginAt > HEAD_LENGTH || tail === null) return oddEntry(raw);
  const from = pluginAt + PLUGIN_KEY.length;
  const plugin = raw.slice(from, raw.indexOf('"', from));
  return { raw, plugin: known(plugin), run: Number(tail[2]), seq: Number(tail[1]) };
}

function oddEntry(raw: string): LogEntry {
  const line = parseLogLine(raw);
  const plugin = typeof line?.plugin === 'string' ? known(line.plugin) : '';
  const number = (value: unknown): number => (typeof value === 'number' ? value : -1);
  return { raw, plugin, run: number(line?.run), seq: number(line?.seq) };
}

function known(id: string): string {
  const found = ids.get(id);
  if (found !== undefined) return found;
  if (ids.size < 10_000) ids.set(id, id);
  return id;
}

/** RFC 3339 UTC with microseconds: these order like their text. '' where the line has none. */
export function timeOf(raw: string): string {
  const time = raw.slice(TIME_AT, TIME_AT + TIME_LENGTH);
  if (raw.startsWith('{"timestamp":"') && time.endsWith('Z')) return time;
  const timestamp = parseLogLine(raw)?.timestamp;
  return typeof timestamp === 'string' ? timestamp : '';
}

/** What `--grep` looks at: the message, or the whole line where it has none. */
export function messageOf(raw: string): string {
  const at = raw.indexOf(MESSAGE_KEY, TIME_AT);
  const end = raw.lastIndexOf(STREAM_KEY);
  if (at !== -1 && at < 2 * HEAD_LENGTH && end > at) {
    const text = raw.slice(at + MESSAGE_KEY.length, end);
    if (!text.includes('\\')) return text;
  }
  const message = parseLogLine(raw)?.message;
  return typeof message === 'string' ? message : raw;
}

export function factsOf(entry: LogEntry): LogFacts {
  const line = parseLogLine(entry.raw);
  return {
    timestamp: typeof line?.timestamp === 'string' ? line.timestamp : '',
    level: line?.level,
    stream: typeof line?.stream === 'string' ? line.stream : '',
    message: typeof line?.message === 'string' ? line.message : entry.raw,
    isCut: line?.cut === true,
    lost: typeof line?.lost === 'number' ? line.lost : 0,
  };
}
