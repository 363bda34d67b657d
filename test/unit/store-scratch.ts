/** A state database in a folder of its own, with a clock that stands until it is moved. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/daemon/base/clock.ts';
import type { LogFields, SupervisorLevel, SupervisorLog } from '../../src/daemon/base/supervisor-log.ts';
import type { Database } from '../../src/daemon/store/database.ts';
import { type OpenedDatabase, type OpenFailure, openDatabase } from '../../src/daemon/store/open-database.ts';
import type { Result } from '../../src/protocol/result.ts';

export class StandingClock implements Clock {
  wallMs = Date.UTC(2026, 10, 8, 16, 20);
  monotonicMs = 0;

  now(): number {
    return this.wallMs;
  }

  monotonic(): number {
    return this.monotonicMs;
  }

  setTimer(): never {
    throw new Error('nothing in the store uses timers');
  }

  advance(ms: number): void {
    this.wallMs += ms;
    this.monotonicMs += ms;
  }
}

export interface LogEntry {
  readonly level: SupervisorLevel;
  readonly event: string;
  readonly fields: LogFields | undefined;
}

export class RecordingLog implements SupervisorLog {
  readonly entries: LogEntry[] = [];

  write(level: SupervisorLevel, event: string, fields?: LogFields): void {
    this.entries.push({ level, event, fields });
  }

  events(): string[] {
    return this.entries.map((entry) => entry.event);
  }
}

/** A folder that is gone when the test has finished. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'toru-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export class Scratch {
  readonly clock = new StandingClock();
  readonly log = new RecordingLog();
  readonly folder: string;
  readonly file: string;

  constructor(folder: string = scratchFolder()) {
    this.folder = folder;
    this.file = join(folder, 'state.db');
  }

  tryOpen(): Result<OpenedDatabase, OpenFailure> {
    const { file, clock, log } = this;
    const opened = openDatabase({ file, reserveFile: join(this.folder, 'reserve'), clock, log });
    if (opened.ok) onTestFinished(() => void opened.value.database.close());
    return opened;
  }

  openWhole(): OpenedDatabase {
    const opened = this.tryOpen();
    if (!opened.ok) throw new Error(opened.failure.message);
    return opened.value;
  }

  open(): Database {
    return this.openWhole().database;
  }
}

/** The value of a result that must be a success. */
export function unwrap<Value>(result: Result<Value, unknown>): Value {
  if (!result.ok) throw new Error(`failed: ${JSON.stringify(result.failure)}`);
  return result.value;
}

/** The failure of a result that must be one. */
export function failureOf<Failure>(result: Result<unknown, Failure>): Failure {
  if (result.ok) throw new Error(`succeeded: ${JSON.stringify(result.value)}`);
  return result.failure;
}
