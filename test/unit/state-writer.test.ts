/** How state gets into a database that cannot be written for a while. */

import { expect, it } from 'vitest';
import type { Database } from '../../src/daemon/store/database.ts';
import { StateWriter } from '../../src/daemon/supervisor/state-writer.ts';
import { failure, success } from '../../src/protocol/result.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';
import { RecordingLog } from './store-scratch.ts';

/** A database whose disk is full as long as it is told so: the real one cannot be made to fail at will. */
class FaultyDatabase {
  isFull = false;

  transaction<Value>(work: () => Value): ReturnType<Database['transaction']> {
    if (this.isFull) return failure({ kind: 'full', message: 'disk full' }) as never;
    return success(work()) as never;
  }
}

function open() {
  const database = new FaultyDatabase();
  const clock = new VirtualClock();
  const log = new RecordingLog();
  const written: string[] = [];
  const writer = new StateWriter(database as unknown as Database, clock, log);
  const write = (text: string) => () => {
    written.push(text);
    return () => void written.push(`${text} told`);
  };
  return { database, clock, log, written, writer, write };
}

it('what has happened is written at once, and told after it is written', () => {
  const { written, writer, write } = open();
  writer.record(write('exit'));
  expect(written).toEqual(['exit', 'exit told']);
  expect(writer.problem()).toBeUndefined();
});

it('while nothing can be written it is kept in order, said so once, and written when it can be', () => {
  const { database, clock, log, written, writer, write } = open();
  database.isFull = true;
  writer.record(write('exit'));
  writer.record(write('restart'));
  clock.advance(5000);
  expect(written).toEqual([]);
  expect(writer.problem()).toContain('disk full');
  expect(log.events()).toEqual(['state-not-written']);
  database.isFull = false;
  clock.advance(1000);
  expect(written).toEqual(['exit', 'restart', 'exit told', 'restart told']);
  expect(writer.problem()).toBeUndefined();
  expect(log.events()).toEqual(['state-not-written', 'state-written-again']);
  expect(clock.timerCount).toBe(0);
});

it('an intent that cannot be written is refused and never done later', () => {
  const { database, clock, written, writer, write } = open();
  database.isFull = true;
  expect(writer.commit(write('enable')).ok).toBe(false);
  database.isFull = false;
  clock.advance(10_000);
  expect(written).toEqual([]);
});

it('an intent takes what waits along, before itself', () => {
  const { database, written, writer, write } = open();
  database.isFull = true;
  writer.record(write('exit'));
  database.isFull = false;
  expect(writer.commit(write('enable')).ok).toBe(true);
  expect(written.filter((text) => !text.endsWith('told'))).toEqual(['exit', 'enable']);
});

it('closing tries what waits once more', () => {
  const { database, clock, written, writer, write } = open();
  database.isFull = true;
  writer.record(write('exit'));
  database.isFull = false;
  expect(writer.close().ok).toBe(true);
  expect(written[0]).toBe('exit');
  expect(clock.timerCount).toBe(0);
});

it('a write that is told may write again without being written twice', () => {
  const { written, writer, write } = open();
  writer.record(() => {
    written.push('first');
    return () => writer.record(write('second'));
  });
  expect(written).toEqual(['first', 'second', 'second told']);
});
