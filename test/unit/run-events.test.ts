/** Reading of what the shim saw, however it comes. */

import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RunEventsReader } from '../../src/daemon/runs/run-events.ts';

const STARTED = '{"event":"started","at":"2026-11-08T16:20:00.000000Z","pid":7,"startTime":99}\n';
const GONE = '{"event":"gone","at":"2026-11-08T16:20:01.000000Z","lines":1,"lost":0,"killed":0}\n';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'toru-events-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, '1-web.events');
}

it('a file that is not there yet has no events', () => {
  expect(new RunEventsReader(scratch()).read()).toEqual([]);
});

it('each event is answered once', () => {
  const file = scratch();
  const reader = new RunEventsReader(file);
  writeFileSync(file, STARTED);
  expect(reader.read()).toMatchObject([{ event: 'started', pid: 7, startTime: 99 }]);
  expect(reader.read()).toEqual([]);
  appendFileSync(file, GONE);
  expect(reader.read()).toMatchObject([{ event: 'gone', lines: 1 }]);
});

it('half a line waits for its rest', () => {
  const file = scratch();
  const reader = new RunEventsReader(file);
  writeFileSync(file, STARTED.slice(0, 30));
  expect(reader.read()).toEqual([]);
  appendFileSync(file, STARTED.slice(30));
  expect(reader.read()).toHaveLength(1);
});

it('more than one buffer of events comes whole', () => {
  const file = scratch();
  writeFileSync(file, STARTED.repeat(500));
  expect(new RunEventsReader(file).read()).toHaveLength(500);
});

it('lines that are no event are passed over', () => {
  const file = scratch();
  writeFileSync(file, `null\n[]\nnonsense\n{"event":"later-version"}\n${GONE}`);
  expect(new RunEventsReader(file).read()).toMatchObject([{ event: 'gone' }]);
});

it('a file that was deleted and written anew is read from its beginning', () => {
  const file = scratch();
  const reader = new RunEventsReader(file);
  writeFileSync(file, STARTED);
  reader.read();
  rmSync(file);
  expect(reader.read()).toEqual([]);
  writeFileSync(file, STARTED + GONE);
  expect(reader.read().map((event) => event.event)).toEqual(['started', 'gone']);
});
