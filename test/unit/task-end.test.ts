/** How a task has ended, what its script says of itself, and the settings of `[tasks]`. */

import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/daemon/base/config.ts';
import { DEFAULT_TASK_SETTINGS } from '../../src/daemon/base/config-tasks.ts';
import { parseToml } from '../../src/daemon/base/toml-document.ts';
import type { ExitedEvent, GoneEvent } from '../../src/daemon/runs/run-events.ts';
import type { RunOutcome } from '../../src/daemon/runs/run-witness.ts';
import type { TaskRecord } from '../../src/daemon/store/task-store.ts';
import { ScriptFolder } from '../../src/daemon/tasks/script-folder.ts';
import { describeScript, interpreterOf } from '../../src/daemon/tasks/script-text.ts';
import { taskEnd } from '../../src/daemon/tasks/task-end.ts';
import { isTaskId, TaskIds } from '../../src/daemon/tasks/task-id.ts';
import { newTask } from '../../src/daemon/tasks/task-record.ts';

const NOW = '2026-03-01T12:00:09.000000Z';
const AT = '2026-03-01T12:00:05.000000Z';
const RUNNING: TaskRecord = {
  ...newTask('id', 'a.sh', AT),
  state: 'running',
  startedAt: AT,
  timeoutMs: 1_500,
};

function exited(code: number | null, signal: string | null, killed = 0): RunOutcome {
  const exit: ExitedEvent = {
    event: 'exited',
    at: AT,
    code,
    signal,
    core: false,
    maxRssBytes: 4096,
    userMs: 3,
    systemMs: 2,
  };
  const gone: GoneEvent = { event: 'gone', at: AT, lines: 0, lost: 0, killed };
  return { kind: 'exited', exit, gone };
}

function end(
  outcome: RunOutcome,
  more: Partial<TaskRecord> = {},
  interpreter?: string,
): ReturnType<typeof taskEnd> {
  return taskEnd(
    { ...RUNNING, ...more },
    outcome,
    { interpreter: () => interpreter, workingFolder: '/srv' },
    NOW,
  );
}

function notExecuted(errno: number): RunOutcome {
  return { kind: 'spawn-failed', step: 'exec', error: 'no luck', errno, at: AT };
}

describe('a task ends', () => {
  test('done with 0, failed with anything else, with what it used', () => {
    expect(end(exited(0, null))).toEqual({
      state: 'done',
      endedAt: AT,
      exitCode: 0,
      signal: null,
      reason: null,
      peakMemoryBytes: 4096,
      cpuMs: 5,
    });
    expect(end(exited(1, null))).toMatchObject({ state: 'failed', exitCode: 1, reason: null });
    expect(end(exited(null, 'SIGSEGV'))).toMatchObject({
      state: 'failed',
      exitCode: null,
      signal: 'SIGSEGV',
      reason: null,
    });
    expect(end(exited(0, null, 1)).reason).toBe('a process that it left behind had to be killed');
    expect(end(exited(0, null, 7)).reason).toBe('7 processes that it left behind had to be killed');
  });

  test('as it was asked to, even when its script then says 0', () => {
    const by = { kind: 'user', uid: 7, name: 'ann', pid: 3 } as const;
    const cancel = { ending: { kind: 'cancel', actor: by, force: false } } as const;
    expect(end(exited(0, null), cancel)).toMatchObject({
      state: 'cancelled',
      exitCode: 0,
      reason: 'cancelled by ann (uid 7, pid 3)',
    });
    const timeout = { ending: { kind: 'timeout', actor: null, force: false } } as const;
    expect(end(exited(0, null), timeout)).toMatchObject({
      state: 'failed',
      reason: 'its time limit of 1.5 s passed',
    });
    const stop = { ending: { kind: 'stop', actor: null, force: false } } as const;
    expect(end(exited(null, 'SIGTERM'), stop)).toMatchObject({
      state: 'cancelled',
      reason: 'torud was stopped while it ran',
    });
  });

  test('lost when nobody saw it, unless it was to end anyhow', () => {
    expect(end({ kind: 'lost', detail: 'nobody saw it' })).toMatchObject({
      state: 'lost',
      reason: 'nobody saw it',
      endedAt: NOW,
    });
    expect(end({ kind: 'never-began' })).toMatchObject({ state: 'lost' });
    const cancel = { ending: { kind: 'cancel', actor: null, force: true } } as const;
    expect(end({ kind: 'lost', detail: 'nobody saw it' }, cancel)).toMatchObject({
      state: 'cancelled',
      reason: 'cancelled; nobody saw it',
    });
  });

  test.each([
    [constants.errno.ENOENT, '/bin/nosuch', 127, 'its interpreter /bin/nosuch is not there'],
    [constants.errno.ENOENT, undefined, 127, 'the loader that it was linked for is not there'],
    [constants.errno.ENOENT, '/bin/sh\r', 127, 'carriage return'],
    [constants.errno.EACCES, '/etc/passwd', 126, 'its interpreter /etc/passwd'],
    [constants.errno.ENOEXEC, undefined, 126, 'names no interpreter'],
    [constants.errno.E2BIG, undefined, 126, 'too long'],
    [constants.errno.EIO, undefined, 126, 'no luck'],
  ])(
    'with a shell’s exit code when it cannot be executed (errno %i, %j)',
    (errno, interpreter, exitCode, reason) => {
      const found = end(notExecuted(errno), {}, interpreter);
      expect(found).toMatchObject({ state: 'failed', exitCode, signal: null });
      expect(found.reason).toContain(reason);
      expect(found.reason).not.toMatch(/[\r\n]/);
    },
  );

  test('with what could not be kept of its output, and why, also when it was cancelled', () => {
    const outcome = exited(0, null) as RunOutcome & { readonly kind: 'exited' };
    const gone: GoneEvent = {
      ...{ event: 'gone', at: AT, lines: 0, lost: 0, killed: 0, left: 1 },
      ...{ outputBytes: 9, outputLost: 5, outputError: 'No space left on device' },
    };
    const lost = '5 bytes of its output could not be kept: No space left on device';
    expect(end({ ...outcome, gone })).toMatchObject({
      state: 'done',
      reason: `a process that it left behind was ended; ${lost}`,
    });
    const cancel = { ending: { kind: 'cancel', actor: null, force: false } } as const;
    expect(end({ ...outcome, gone }, cancel).reason).toBe(`cancelled; ${lost}`);
  });

  test('with the folder and its setting when it could not begin there', () => {
    const outcome: RunOutcome = { kind: 'spawn-failed', step: 'chdir', error: 'No such file', errno: 2 };
    expect(end(outcome)).toMatchObject({
      exitCode: null,
      reason:
        'it could not be started: the working directory /srv (working_dir of [tasks] in torud.toml): No such file',
    });
  });

  test('without an exit code when it could not be started for another reason', () => {
    const outcome: RunOutcome = {
      kind: 'spawn-failed',
      step: 'setuid',
      error: 'Operation not permitted',
      errno: 1,
    };
    expect(end(outcome)).toMatchObject({
      state: 'failed',
      exitCode: null,
      endedAt: NOW,
      reason: 'it could not be started (setuid): Operation not permitted',
    });
  });
});

test('ids are UUIDs of version 7 that sort in the order of asking, also when the clock is set back', () => {
  const ids = new TaskIds();
  const given = [5_000.25, 5_000.25, 4_000, 9_000.5, 9_000.75].map((ms) => ids.next(ms));
  expect(given.every(isTaskId)).toBe(true);
  expect([...given].sort()).toEqual(given);
  expect(Number.parseInt((given[3] ?? '').replace('-', '').slice(0, 12), 16)).toBe(9_000);
});

describe('a script says', () => {
  function script(text: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'toru-script-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'it'), text);
    return join(folder, 'it');
  }

  test.each([
    ['#!/bin/sh\n# Saves all\n# to tape\n', 'Saves all'],
    ['#!/bin/sh\n\nset -eu\n#\n#   Later  \n', 'Later'],
    ['#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n# Räumt auf\n', 'Räumt auf'],
    ['#!/usr/bin/env node\n// Counts\n', 'Counts'],
    ['#!/usr/bin/lua\n-- Tells\n', 'Tells'],
    ['# No first line\n', 'No first line'],
    ['#!/bin/sh\n# shellcheck disable=SC2086\n# The text\n', 'The text'],
    [`#!/bin/sh\n# a\u001b[31m\u202eb\n`, 'a [31m b'],
    ['#!/bin/sh\necho nothing\n', ''],
    ['\x7fELF\0\0# not this', ''],
    ['', ''],
  ])('what it is about: %j', (text, description) => {
    expect(describeScript(script(text))).toBe(description);
  });

  test.each([
    ['#!/bin/sh\n', '/bin/sh'],
    ['#! /usr/bin/env  python3\n', '/usr/bin/env'],
    ['#!/bin/sh\r\n', '/bin/sh\r'],
    ['#!\n', undefined],
    ['echo\n', undefined],
  ])('which interpreter it wants: %j', (text, interpreter) => {
    expect(interpreterOf(script(text))).toBe(interpreter);
  });
});

test('a folder of scripts that others may write to is refused as a whole, and links through one as well', () => {
  const folder = mkdtempSync(join(tmpdir(), 'toru-scripts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const scripts = new ScriptFolder(() => folder, process.getuid?.() ?? 0);
  writeFileSync(join(folder, 'a.sh'), '#!/bin/sh\n', { mode: 0o755 });
  symlinkSync('a.sh', join(folder, 'b.sh'));
  symlinkSync('c.sh', join(folder, 'c.sh'));
  expect(scripts.find('b.sh')).toEqual({ ok: true, value: join(folder, 'b.sh') });
  expect(scripts.find('c.sh')).toMatchObject({ ok: false, failure: { code: 'invalid' } });
  expect(scripts.problem()).toBeUndefined();
  for (const mode of [0o775, 0o757]) {
    chmodSync(folder, mode);
    expect(scripts.find('a.sh')).toMatchObject({ ok: false, failure: { code: 'invalid', name: 'a.sh' } });
    expect(scripts.list().scripts.every((one) => one.refused?.includes('writable'))).toBe(true);
    expect(scripts.problem()).toContain('no script is run');
  }
  chmodSync(folder, 0o755);
  expect(new ScriptFolder(() => join(folder, 'none'), 0).list().scripts).toEqual([]);
  expect(new ScriptFolder(() => join(folder, 'none'), 0).find('a.sh')).toMatchObject({
    failure: { code: 'not_found' },
  });
});

describe('[tasks] of torud.toml', () => {
  function read(toml: string): ReturnType<typeof readConfig> {
    const document = parseToml(toml, '/etc/toru/torud.toml', 'torud.toml');
    if (!document.ok) throw new Error(document.failure.message);
    return readConfig(document.value);
  }

  test('has a value for everything, and takes others', () => {
    expect(read('')).toMatchObject({ ok: true, value: { tasks: DEFAULT_TASK_SETTINGS } });
    const toml =
      '[tasks]\nscripts_dir = "/srv/scripts"\nworking_dir = "/srv"\nuser = "nobody"\nmax_running = 3\nmax_queued = 0\ngrace = 5\nkeep = 10\nkeep_days = 2\noutput_max = "16MiB"\n';
    expect(read(toml)).toMatchObject({
      ok: true,
      value: {
        tasks: {
          scriptsFolder: '/srv/scripts',
          workingFolder: '/srv',
          user: 'nobody',
          group: null,
          maxRunning: 3,
          maxQueued: 0,
          graceMs: 5_000,
          keep: 10,
          keepDays: 2,
          outputMaxBytes: 16 * 1024 * 1024,
        },
      },
    });
    expect(read('[tasks]\ngrace_ms = 7\n')).toMatchObject({ value: { tasks: { graceMs: 7 } } });
  });

  test.each([
    ['max_runing = 3', 'unknown key "max_runing" in [tasks]; did you mean "max_running"?'],
    ['scripts_dir = "scripts"', '"scripts_dir" in [tasks] must be an absolute path'],
    ['max_running = 0', '"max_running" in [tasks] must be a whole number from 1'],
    ['output_max = "1"', '"output_max" in [tasks] must be at least 4096 bytes'],
  ])('refuses %j with its line', (line, message) => {
    const config = read(`[tasks]\n${line}\n`);
    expect(config.ok ? '' : config.failure.message).toContain('torud.toml line 2');
    expect(config.ok ? '' : config.failure.message).toContain(message);
  });
});
