/** The history of runs: what torud answers, and how the end of a run is said. */

import { describe, expect, it } from 'vitest';
import { lastedText, runEndText, runSpanMs } from '../../src/cli/run-text.ts';
import type { Caller } from '../../src/daemon/control/access.ts';
import { Reader } from '../../src/daemon/control/handlers/reader.ts';
import { makeRunHandlers } from '../../src/daemon/control/handlers/runs.ts';
import { readParams } from '../../src/daemon/control/params.ts';
import type { RunRecord } from '../../src/daemon/store/records.ts';
import type { ListedRun } from '../../src/protocol/control/runs.ts';
import { success } from '../../src/protocol/result.ts';
import { listedRun } from './tui-detail-stage.ts';

const CALLER: Caller = { role: 'view', actor: { kind: 'user', uid: 1000, gid: 0, pid: 1, name: 'ops' } };
const CONTEXT = { signal: new AbortController().signal, recordChange: () => undefined };

const RECORD: RunRecord = {
  id: 7,
  plugin: 'web',
  version: '1.0.0',
  digest: 'aa',
  settings: { environment: { DB_PASSWORD: 'hunter2hunter2' } },
  bootId: 'b',
  startedAt: '2026-11-20T14:00:00.000000Z',
  shimPid: 41,
  pid: 42,
  readyAt: null,
  end: {
    endedAt: '2026-11-20T14:00:02.000000Z',
    cause: 'exit',
    exitCode: 7,
    signal: null,
    coreDumped: false,
    peakMemoryBytes: 1024,
    cpuMs: 3,
    lines: 5,
    linesLost: 1,
  },
};

describe('run.list', () => {
  function rig() {
    const asked: (readonly [string, number])[] = [];
    const newest = (plugin: string, count: number): readonly RunRecord[] => {
      asked.push([plugin, count]);
      return [RECORD, { ...RECORD, id: 6, end: null }];
    };
    const reader = new Reader({ read: (work) => success(work()) });
    const handlers = makeRunHandlers({ runs: { newest }, reader, ids: () => ['web'] });
    return { asked, list: handlers['run.list'] };
  }

  it('gives the runs of a plugin with their ends, and without the settings, which may hold secrets', async () => {
    const answer = await rig().list({ plugin: 'web' }, CALLER, CONTEXT);
    expect(answer).toMatchObject({
      value: {
        runs: [
          { id: 7, version: '1.0.0', cause: 'exit', exitCode: 7, peakMemoryBytes: 1024, linesLost: 1 },
          { id: 6, endedAt: null, cause: null, exitCode: null },
        ],
      },
    });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });

  it('gives a hundred, or as many as are asked for, up to a thousand', async () => {
    const { asked, list } = rig();
    await list({ plugin: 'web' }, CALLER, CONTEXT);
    await list({ plugin: 'web', limit: 5 }, CALLER, CONTEXT);
    await list({ plugin: 'web', limit: 1_000_000 }, CALLER, CONTEXT);
    expect(asked).toEqual([
      ['web', 100],
      ['web', 5],
      ['web', 1_000],
    ]);
  });

  it('knows no runs of a plugin that there is not', async () => {
    expect(await rig().list({ plugin: 'nope' }, CALLER, CONTEXT)).toMatchObject({
      failure: { code: 'not_found', name: 'nope' },
    });
  });

  it('takes a plugin, and a limit that is a whole number', () => {
    expect(readParams('run.list', { plugin: 'web', limit: 3 })).toMatchObject({ ok: true });
    expect(readParams('run.list', { plugin: 'web', limit: -1 })).toMatchObject({ ok: false });
    expect(readParams('run.list', {})).toMatchObject({ ok: false });
  });
});

describe('the end of a run', () => {
  it.each<[string, Partial<ListedRun>]>([
    ['running', { endedAt: null, cause: null, signal: null }],
    ['exit 7', { cause: 'exit', exitCode: 7, signal: null }],
    ['SIGSEGV', { cause: 'signal', signal: 'SIGSEGV' }],
    ['out of memory, SIGKILL', { cause: 'oom', signal: 'SIGKILL' }],
    ['health checks failed, SIGTERM', { cause: 'health' }],
    ['could not be started', { cause: 'spawn', signal: null }],
    ['stopped, SIGTERM', { cause: 'requested' }],
    ['stopped, exit 0', { cause: 'requested', exitCode: 0, signal: null }],
    ['done, exit 0', { cause: 'done', exitCode: 0, signal: null }],
    ['nobody saw', { cause: 'lost', signal: null }],
    ['ended by-a-newer-torud', { cause: 'ended by-a-newer-torud', signal: null }],
  ])('is said as %s', (text, more) => {
    expect(runEndText(listedRun(1, more))).toBe(text);
  });

  it('comes after a time that is never negative, or has not come', () => {
    const run = listedRun(1);
    const startMs = Date.parse(run.startedAt);
    expect(runSpanMs(run, 0)).toBe(60_000);
    expect(runSpanMs({ ...run, endedAt: null }, startMs + 5_000)).toBe(5_000);
    expect(runSpanMs({ ...run, endedAt: new Date(startMs - 9_000).toISOString() }, 0)).toBe(0);
    expect([lastedText(6), lastedText(2_140), lastedText(75_000)]).toEqual(['6 ms', '2.1 s', '1m 15s']);
  });
});
