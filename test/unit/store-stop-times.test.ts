/** How long starts and stops of a plugin took, out of its runs; and the migration that made the latter possible. */

import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { MIGRATIONS } from '../../src/daemon/store/migrations.ts';
import { RunStore } from '../../src/daemon/store/run-store.ts';
import { Scratch, unwrap } from './store-scratch.ts';

const AT = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString().replace('Z', '000Z');

it('2 adds the time at which a run was asked to end, and keeps the runs that are there', () => {
  const database = new DatabaseSync(':memory:');
  const [first, second] = MIGRATIONS;
  database.exec(first?.sql ?? '');
  database.exec(
    `INSERT INTO runs (plugin_id, version, digest, settings, boot_id, started_at) VALUES ('web', '1', 'd', '{}', 'b', '${AT(0)}')`,
  );
  database.exec(second?.sql ?? '');
  expect(database.prepare('SELECT plugin_id, stop_asked_at FROM runs').all()).toEqual([
    { plugin_id: 'web', stop_asked_at: null },
  ]);
  database.close();
});

it('the newest times come first; a run that crashed or was never ready gives none', () => {
  const database = new Scratch().open();
  const runs = new RunStore(database);
  const play = (started: number, ready: number | null, asked: number | null, ended: number): void => {
    unwrap(
      database.transaction(() => {
        const id = runs.begin({
          plugin: 'web',
          version: '1.0.0',
          digest: 'd',
          settings: {},
          bootId: 'boot',
          startedAt: AT(started),
        });
        if (ready !== null) runs.setReady(id, AT(ready));
        if (asked !== null) runs.setStopAsked(id, AT(asked));
        runs.end(id, {
          endedAt: AT(ended),
          cause: asked === null ? 'exit' : 'requested',
          exitCode: 0,
          signal: null,
          coreDumped: false,
          peakMemoryBytes: null,
          cpuMs: null,
          lines: 0,
          linesLost: 0,
        });
      }),
    );
  };
  play(0, 100, 1000, 1050);
  play(2000, null, null, 2010);
  play(3000, 3200, 4000, 4300);
  expect(runs.lastStartsMs('web', 5)).toEqual([200, 100]);
  expect(runs.lastStopsMs('web', 5)).toEqual([300, 50]);
  expect(runs.lastStopsMs('web', 1)).toEqual([300]);
  expect(runs.lastStopsMs('other', 5)).toEqual([]);
});
