/** plugin-supervisor.log, by winston with a transport of our own: winston's loses lines on a full disk and at the end. */

import winston from 'winston';
import Transport from 'winston-transport';
import { type Clock, formatTime } from './clock.ts';
import { jsonLine, type LogEntry, shortLine } from './log-entry.ts';
import { LogFile } from './log-file.ts';
import type { LogFields, SupervisorLevel, SupervisorLog } from './supervisor-log.ts';

export interface WinstonLogOptions {
  /** Path of plugin-supervisor.log. */
  readonly file: string;
  readonly clock: Clock;
  /** This level and more urgent ones are written. */
  readonly level: SupervisorLevel;
  /** Gets each line in short form as well; for a torud in the foreground. */
  readonly echo?: NodeJS.WritableStream;
  /** Default 10 MiB. */
  readonly maxSizeBytes?: number;
  /** Rotated files that are kept. Default 5. */
  readonly keep?: number;
}

const LEVELS: Readonly<Record<SupervisorLevel, number>> = { error: 0, warning: 1, info: 2, debug: 3 };
const MAX_QUEUED_LINES = 10_000;
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;
/** What a terminal that does not read may have waiting, in bytes. */
const MAX_ECHO_BYTES = 256 * 1024;
const CLOSE_LIMIT_MS = 2_000;

/** What travels through winston: our entry stands apart, so that no field of it can mean something to winston. */
interface Info {
  readonly level: string;
  readonly message: string;
  readonly entry: LogEntry;
}

export class WinstonSupervisorLog implements SupervisorLog {
  readonly #clock: Clock;
  readonly #file: LogFile;
  readonly #logger: winston.Logger;

  constructor(options: WinstonLogOptions) {
    this.#clock = options.clock;
    this.#file = new LogFile({
      file: options.file,
      clock: options.clock,
      maxSizeBytes: options.maxSizeBytes ?? 10 * 1024 * 1024,
      keep: options.keep ?? 5,
      maxLines: MAX_QUEUED_LINES,
      maxBytes: MAX_QUEUED_BYTES,
      droppedLine: (count) => jsonLine(this.#entry('warning', 'lines-dropped', { count })),
    });
    const transports: Transport[] = [new EntryTransport((entry) => this.#file.append(jsonLine(entry)))];
    if (options.echo !== undefined) transports.push(echoTransport(options.echo));
    this.#logger = winston.createLogger({
      levels: { ...LEVELS },
      level: options.level,
      format: passThrough(),
      transports,
    });
  }

  get level(): SupervisorLevel {
    return this.#logger.level as SupervisorLevel;
  }

  setLevel(level: SupervisorLevel): void {
    this.#logger.level = level;
  }

  write(level: SupervisorLevel, event: string, fields: LogFields = {}): void {
    if (LEVELS[level] > LEVELS[this.level]) return;
    const info: Info = { level, message: event, entry: this.#entry(level, event, fields) };
    this.#logger.log(info);
  }

  /** What keeps the log from being written, one line for `daemon.status`; undefined when all is well. */
  problem(): string | undefined {
    return this.#file.problem;
  }

  /** Goes on in the file that has the log's name now; for logrotate(8). */
  reopen(): void {
    this.#file.reopen();
  }

  /** Writes what waits, within 2 s. What is written to the log afterwards goes to the file at once. */
  close(): Promise<void> {
    return this.#file.close(CLOSE_LIMIT_MS);
  }

  /** Writes what waits before it returns; for a process that is about to die. */
  flushSync(): void {
    this.#file.flushSync();
  }

  #entry(level: SupervisorLevel, event: string, fields: LogFields): LogEntry {
    return { timestamp: formatTime(this.#clock.now()), level, event, fields };
  }
}

/** Hands each entry on at once, so that nothing ever waits inside winston. */
class EntryTransport extends Transport {
  readonly #take: (entry: LogEntry) => void;

  constructor(take: (entry: LogEntry) => void) {
    super();
    this.#take = take;
  }

  override log(info: Info, next: () => void): void {
    this.#take(info.entry);
    next();
  }
}

/** An echo that has gone away or does not read is no reason to stop, nor to hold lines for it. */
function echoTransport(echo: NodeJS.WritableStream): Transport {
  let isGone = false;
  echo.on('error', () => {
    isGone = true;
  });
  return new EntryTransport((entry) => {
    const waitingBytes = 'writableLength' in echo ? Number(echo.writableLength) : 0;
    if (!isGone && waitingBytes < MAX_ECHO_BYTES) echo.write(shortLine(entry));
  });
}

/** winston's own default format would make JSON of the whole info a second time. */
function passThrough(): winston.Logform.Format {
  return { transform: (info) => info };
}
