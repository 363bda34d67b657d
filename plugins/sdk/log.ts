/** The plugin's log: lines on stderr with a `<N>` prefix (sd-daemon(3)), which torud turns into levels. */

/** Names of syslog(3), most urgent first; the index is the N of the prefix. */
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const;

export type LogLevel = (typeof LEVELS)[number];

/** One function a level. A text of several lines becomes several lines of the same level. */
export type Log = Readonly<Record<LogLevel, (text: string) => void>>;

/** The lines of a text as they go to stderr, newline included. */
export function formatLog(level: LogLevel, text: string): string {
  const prefix = `<${LEVELS.indexOf(level)}>`;
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${prefix}${line}\n`)
    .join('');
}

/** @param write takes whole lines; the process's stderr unless said otherwise */
export function createLog(write: (lines: string) => void = (lines) => process.stderr.write(lines)): Log {
  const at = (level: LogLevel) => (text: string) => write(formatLog(level, text));
  return {
    emerg: at('emerg'),
    alert: at('alert'),
    crit: at('crit'),
    err: at('err'),
    warning: at('warning'),
    notice: at('notice'),
    info: at('info'),
    debug: at('debug'),
  };
}
