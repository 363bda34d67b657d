import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KvStore } from '../../src/daemon/data/kv.ts';
import { CrashStore } from '../../src/daemon/store/crash-store.ts';
import { EventStore } from '../../src/daemon/store/event-store.ts';
import { PluginStore } from '../../src/daemon/store/plugin-store.ts';
import { RunStore } from '../../src/daemon/store/run-store.ts';
import { newCrash, newEvent, newRun, pluginRecord } from './store-rows.ts';
import { Scratch, unwrap } from './store-scratch.ts';

const QUOTA = { maxKeys: 1_000, maxBytes: 1_000_000 };

/** Files of a database as kill -9 leaves them: content in the file, and in the write-ahead log. */
function killed(): { readonly file: Buffer; readonly log: Buffer } {
  const scratch = new Scratch();
  const database = scratch.open();
  const fill = (from: number) => {
    for (let n = from; n < from + 20; n++) {
      new PluginStore(database).save(pluginRecord(`p${n}`));
      new RunStore(database).begin(newRun(`p${n}`));
      new EventStore(database).append(newEvent(`p${n}`));
      new CrashStore(database).add(newCrash(`p${n}`));
      unwrap(
        new KvStore(database, scratch.clock).set('a', { key: `k${n}`, value: 'v'.repeat(n * 50) }, QUOTA),
      );
    }
  };
  unwrap(database.transaction(() => fill(0)));
  unwrap(database.checkpoint());
  unwrap(database.transaction(() => fill(20)));
  const copy = `${scratch.folder}/copy`;
  copyFileSync(scratch.file, copy);
  copyFileSync(`${scratch.file}-wal`, `${copy}-wal`);
  unwrap(database.close());
  return { file: readFileSync(copy), log: readFileSync(`${copy}-wal`) };
}

it('whatever bytes are changed in the files, torud opens a database that it can work with, or refuses in words', () => {
  const good = killed();
  const damage = fc.record({
    target: fc.constantFrom('file' as const, 'log' as const),
    position: fc.double({ min: 0, max: 1, noNaN: true }),
    isInHeader: fc.boolean(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
    repeat: fc.constantFrom(1, 32),
    isCut: fc.boolean(),
  });
  const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
  console.log(`fast-check seed ${seed}`);
  fc.assert(
    fc.property(damage, ({ target, position, isInHeader, bytes, repeat, isCut }) => {
      const scratch = new Scratch();
      const files = { file: Buffer.from(good.file), log: Buffer.from(good.log) };
      const at = Math.floor(position * (isInHeader ? 200 : files[target].length));
      if (isCut) files[target] = files[target].subarray(0, at);
      else for (let n = 0; n < repeat; n++) Buffer.from(bytes).copy(files[target], at + n * bytes.length);
      writeFileSync(scratch.file, files.file);
      writeFileSync(`${scratch.file}-wal`, files.log);
      const opened = scratch.tryOpen();
      if (!opened.ok) return expect(opened.failure.message).toMatch(/^[^\n]{20,400}$/);
      const { database } = opened.value;
      const readAll = () => {
        new PluginStore(database).all();
        new RunStore(database).open();
        new EventStore(database).read();
        new CrashStore(database).list();
        new CrashStore(database).nth(1);
      };
      database.read(readAll);
      const kv = new KvStore(database, scratch.clock);
      for (const key of unwrap(kv.list('a')).keys) kv.get('a', key);
      return unwrap(database.close());
    }),
    { seed, numRuns: 150 },
  );
});
