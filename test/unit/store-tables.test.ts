import { describe, expect, it } from 'vitest';
import { AuditStore } from '../../src/daemon/store/audit-store.ts';
import { CrashStore, MAX_CRASHES } from '../../src/daemon/store/crash-store.ts';
import type { Database } from '../../src/daemon/store/database.ts';
import { EventStore, MAX_EVENTS } from '../../src/daemon/store/event-store.ts';
import { PluginStore } from '../../src/daemon/store/plugin-store.ts';
import { MAX_ENDED_RUNS, RunStore } from '../../src/daemon/store/run-store.ts';
import { newCrash, newEvent, newRun, pluginRecord, runEnd } from './store-rows.ts';
import { Scratch, unwrap } from './store-scratch.ts';

function within<Value>(database: Database, work: () => Value): Value {
  return unwrap(database.transaction(work));
}

describe('the table of plugins', () => {
  it('gives back what was saved, sorted by id, and replaces the whole row', () => {
    const database = new Scratch().open();
    const plugins = new PluginStore(database);
    const second = pluginRecord('b');
    const first = pluginRecord('a', {
      enabledActor: null,
      enabledAt: null,
      lastExit: { runId: 4, at: '2026-11-08T16:20:00.000000Z', code: null, signal: 'SIGKILL' },
      lastGoodRunId: 3,
    });
    within(database, () => [second, first].map((one) => plugins.save(one)));
    expect(plugins.all()).toEqual([first, second]);
    const changed = pluginRecord('b', { enabled: true, wanted: 'down', linesLost: 0, version: '2.0.0' });
    within(database, () => plugins.save(changed));
    expect(plugins.get('b')).toEqual(changed);
    expect(within(database, () => [plugins.remove('b'), plugins.remove('b')])).toEqual([true, false]);
    expect(plugins.get('b')).toBeUndefined();
  });
});

describe('the table of runs', () => {
  it('follows a run from its beginning to its end', () => {
    const database = new Scratch().open();
    const runs = new RunStore(database);
    const id = within(database, () => runs.begin(newRun('a')));
    expect(runs.get(id)).toEqual({ id, ...newRun('a'), shimPid: null, pid: null, readyAt: null, end: null });
    within(database, () => {
      runs.setShim(id, 100);
      runs.setStarted(id, 101);
      runs.setReady(id, '2026-11-08T16:20:01.000000Z');
    });
    expect(runs.open()).toMatchObject([
      { id, shimPid: 100, pid: 101, readyAt: '2026-11-08T16:20:01.000000Z' },
    ]);
    within(database, () => runs.end(id, runEnd()));
    expect(runs.get(id)?.end).toEqual(runEnd());
    expect(runs.open()).toEqual([]);
    expect(runs.linesLost('a')).toBe(2);
  });

  it('takes the end of a run once', () => {
    const database = new Scratch().open();
    const runs = new RunStore(database);
    const id = within(database, () => runs.begin(newRun('a')));
    within(database, () => runs.end(id, runEnd()));
    expect(() => database.transaction(() => runs.end(id, runEnd({ cause: 'lost' })))).toThrow(
      'has ended before',
    );
    expect(() => database.transaction(() => runs.end(id + 1, runEnd()))).toThrow('no such run');
    expect(() => database.transaction(() => runs.setReady(id + 1, 'x'))).toThrow('no run');
    expect(runs.get(id)?.end?.cause).toBe('signal');
  });

  it('never gives an id twice, also not after the newest run was pruned or the database rebuilt', () => {
    const database = new Scratch().open();
    const runs = new RunStore(database);
    within(database, () => runs.ensureNextRunId(500));
    expect(within(database, () => runs.begin(newRun('a')))).toBe(500);
    within(database, () => database.change('DELETE FROM runs'));
    within(database, () => runs.ensureNextRunId(7));
    expect(within(database, () => runs.begin(newRun('a')))).toBe(501);
  });

  it('keeps the newest ended runs of each plugin, the open ones and the last good one', () => {
    const database = new Scratch().open();
    const runs = new RunStore(database);
    within(database, () => {
      const good = runs.begin(newRun('a'));
      runs.end(good, runEnd());
      new PluginStore(database).save(pluginRecord('a', { lastGoodRunId: good }));
      runs.begin(newRun('a'));
      runs.end(runs.begin(newRun('b')), runEnd());
      for (let n = 0; n < MAX_ENDED_RUNS + 20; n++) runs.end(runs.begin(newRun('a')), runEnd());
    });
    const kept = runs.newest('a', 5_000);
    expect(kept.length).toBe(MAX_ENDED_RUNS + 2);
    expect(kept.at(-1)?.id).toBe(1);
    expect(runs.open().map((run) => run.id)).toEqual([2]);
    expect(runs.newest('b', 10).length).toBe(1);
    expect(runs.newest('a', 3).map((run) => run.id)).toEqual([1023, 1022, 1021]);
  });
});

describe('the table of events', () => {
  it('is read oldest first, by plugin, type, time and id', () => {
    const database = new Scratch().open();
    const events = new EventStore(database);
    const stored = within(database, () => [
      events.append(newEvent('a')),
      events.append(newEvent('b', { type: 'crashed', at: '2026-11-08T16:20:00.500000Z' })),
      events.append(newEvent(null, { actor: null, details: {}, at: '2026-11-08T16:20:02.000000Z' })),
      events.append(newEvent('a', { type: 'crashed', at: '2026-11-08T16:20:03.000000Z' })),
    ]);
    const ids = (filter: Parameters<EventStore['read']>[0]) => events.read(filter).map((event) => event.id);
    expect(events.read()).toEqual(stored);
    expect(ids({ plugins: ['a'] })).toEqual([1, 4]);
    expect(ids({ plugins: [] })).toEqual([]);
    expect(ids({ types: ['crashed'], plugins: ['a', 'b'] })).toEqual([2, 4]);
    expect(ids({ since: '2026-11-08T16:20:00.5Z' })).toEqual([2, 3, 4]);
    expect(ids({ since: '2026-11-08T17:20:02+01:00' })).toEqual([3, 4]);
    expect(ids({ limit: 2 })).toEqual([3, 4]);
    expect(ids({ afterId: 1, limit: 2 })).toEqual([2, 3]);
    expect(ids({ beforeId: 3, limit: 1 })).toEqual([2]);
    expect(events.lastId()).toBe(4);
    expect(() => events.read({ since: 'yesterday' })).toThrow(RangeError);
  });

  it('keeps the newest of each plugin, and of the daemon', () => {
    const database = new Scratch().open();
    const events = new EventStore(database);
    within(database, () => {
      events.append(newEvent('b'));
      for (const plugin of ['a', null])
        for (let n = 0; n < MAX_EVENTS + 150; n++) events.append(newEvent(plugin));
    });
    const count = (plugin: string | null) =>
      database.row<{ n: number }>('SELECT count(*) AS n FROM plugin_events WHERE plugin_id IS ?', plugin)
        ?.n ?? 0;
    for (const plugin of ['a', null]) {
      expect(count(plugin)).toBeGreaterThanOrEqual(MAX_EVENTS);
      expect(count(plugin)).toBeLessThan(MAX_EVENTS + 100);
    }
    expect(count('b')).toBe(1);
    expect(events.lastId()).toBe(2 * (MAX_EVENTS + 150) + 1);
  });
});

describe('the table of crashes', () => {
  it('gives back a capsule whole', () => {
    const database = new Scratch().open();
    const crashes = new CrashStore(database);
    const plain = within(database, () => crashes.add(newCrash('a')));
    const full = within(database, () =>
      crashes.add(
        newCrash('a', { versionBefore: '1.0.0', signal: 'SIGABRT', exitCode: null, coreDumped: true }),
      ),
    );
    expect(crashes.get(plain.id)).toEqual(plain);
    expect(crashes.get(full.id)).toEqual(full);
    expect(crashes.get(99)).toBeUndefined();
  });

  it('is listed newest first and counted from the newest', () => {
    const database = new Scratch().open();
    const crashes = new CrashStore(database);
    within(database, () => {
      crashes.add(newCrash('a', { at: '2026-11-08T16:20:00.000000Z' }));
      crashes.add(newCrash('b', { at: '2026-11-08T16:20:01.000000Z' }));
      crashes.add(newCrash('a', { at: '2026-11-08T16:20:02.000000Z' }));
    });
    const ids = (filter: Parameters<CrashStore['list']>[0]) => crashes.list(filter).map((crash) => crash.id);
    expect(ids({})).toEqual([3, 2, 1]);
    expect(ids({ plugins: ['a'] })).toEqual([3, 1]);
    expect(ids({ since: '2026-11-08T16:20:01Z', limit: 1 })).toEqual([3]);
    expect(ids({ beforeId: 3, limit: 1 })).toEqual([2]);
    expect(ids({ beforeId: 3, plugins: ['a'] })).toEqual([1]);
    expect(crashes.list()[0]).not.toHaveProperty('lastLines');
    expect([1, 2, 3, 4, 0].map((n) => crashes.nth(n)?.id)).toEqual([3, 2, 1, undefined, undefined]);
    expect([1, 2, 3].map((n) => crashes.nth(n, 'a')?.id)).toEqual([3, 1, undefined]);
    expect(crashes.newest('b')?.id).toBe(2);
    expect(crashes.newest('c')).toBeUndefined();
  });

  it('keeps the newest of each plugin', () => {
    const database = new Scratch().open();
    const crashes = new CrashStore(database);
    within(database, () => {
      crashes.add(newCrash('b'));
      for (let n = 0; n < MAX_CRASHES + 5; n++) crashes.add(newCrash('a'));
    });
    expect(crashes.list({ plugins: ['a'] }).map((crash) => crash.id)).toEqual(
      Array.from({ length: MAX_CRASHES }, (_, n) => MAX_CRASHES + 6 - n),
    );
    expect(crashes.list({ plugins: ['b'] }).length).toBe(1);
  });
});

describe('the audit', () => {
  it('keeps who asked for what, and what came of it', () => {
    const database = new Scratch().open();
    const audit = new AuditStore(database);
    const entry = {
      at: '2026-11-08T16:20:00.000000Z',
      actor: { kind: 'user', uid: 1, gid: 2, pid: 3 } as const,
      method: 'plugin.start',
      params: { names: ['a'] },
      result: undefined,
    };
    const stored = within(database, () => [1, 2, 3].map(() => audit.append(entry)));
    expect(stored.map((one) => one.id)).toEqual([1, 2, 3]);
    expect(audit.read({ limit: 2 })).toEqual([2, 3].map((id) => ({ ...entry, result: null, id })));
    expect(audit.lastId()).toBe(3);
  });

  it('reads pages forwards and backwards, and from a time on', () => {
    const database = new Scratch().open();
    const audit = new AuditStore(database);
    expect(audit.lastId()).toBe(0);
    const actor = { kind: 'user', uid: 1 } as const;
    within(database, () => {
      for (let minute = 1; minute <= 5; minute += 1) {
        const at = `2026-11-08T16:0${minute}:00.000000Z`;
        audit.append({ at, actor, method: 'plugin.stop', params: {}, result: {} });
      }
    });
    const ids = (filter: Parameters<AuditStore['read']>[0]) => audit.read(filter).map((entry) => entry.id);
    expect(ids({ afterId: 1, limit: 2 })).toEqual([2, 3]);
    expect(ids({ beforeId: 5, limit: 2 })).toEqual([3, 4]);
    expect(ids({ since: '2026-11-08T17:04:00+01:00' })).toEqual([4, 5]);
    expect(ids({ since: '2026-11-08T16:02:00Z', beforeId: 4 })).toEqual([2, 3]);
    expect(() => audit.read({ since: 'yesterday' })).toThrow(RangeError);
  });
});
