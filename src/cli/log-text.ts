/** Lines of plugin logs as text (`-o short` and its like). */

import type { LogLine } from '../protocol/control/logs.ts';
import { parseFrame } from '../protocol/frames.ts';
import type { Colour } from './output/colours.ts';
import { paint } from './output/colours.ts';
import { sanitise } from './output/sanitise.ts';
import { formatClock } from './output/sizes.ts';

export interface LogTextStyle {
  readonly hasColour: boolean;
  /** Width of the column with the plugin's id; 0: no such column. */
  readonly idWidth: number;
  readonly nowMs: number;
  /** `-o raw`: control characters pass, so that a plugin's own colours show. */
  readonly isRaw?: boolean;
}

/** The line of a log file as an object; undefined when it is none. */
export function parseLogLine(text: string): (Partial<LogLine> & Record<string, unknown>) | undefined {
  return parseFrame(Buffer.from(text));
}

/** `14:01:58.119 e analytics  message`; what is no JSON line stands as it is. */
export function logText(text: string, style: LogTextStyle): string {
  const line = parseLogLine(text);
  if (line === undefined) return sanitise(text);
  const clock = formatClock(String(line.timestamp ?? ''), style.nowMs, true);
  if (line.event !== undefined) return sanitise(`${clock} ${supervisorText(line)}`);
  const id = style.idWidth === 0 ? '' : `${String(line.plugin ?? '').padEnd(style.idWidth)}  `;
  const message = String(line.message ?? '');
  const shown = style.isRaw === true ? message : sanitise(message);
  const whole = `${sanitise(`${clock} ${streamLetter(line.stream)} ${id}`)}${shown}${line.cut === true ? '…[cut]' : ''}`;
  return style.hasColour ? paint(whole, lineColour(line)) : whole;
}

export function streamLetter(stream: unknown): string {
  if (stream === 'stderr') return 'e';
  return stream === 'stdout' ? 'o' : '!';
}

export function lineColour(line: Partial<LogLine>): Colour | undefined {
  if (line.stream === 'shim') return 'yellow';
  switch (line.level) {
    case 'emerg':
    case 'alert':
    case 'crit':
    case 'err':
      return 'red';
    case 'warning':
      return 'yellow';
    case 'debug':
      return 'dim';
    default:
      return undefined;
  }
}

/** A line of plugin-supervisor.log: level, event, plugin, then the rest as `key=value`. */
function supervisorText(line: Record<string, unknown>): string {
  const { timestamp: _timestamp, level, event, plugin, ...rest } = line;
  const fields = Object.entries(rest).map(([key, value]) => `${key}=${plainValue(value)}`);
  return [level, event, plugin, ...fields].filter((part) => part !== undefined && part !== '').join(' ');
}

function plainValue(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
