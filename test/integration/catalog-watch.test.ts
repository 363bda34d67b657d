import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Timer } from '../../src/daemon/base/clock.ts';
import { ScratchCatalog } from '../fixtures/catalog/scratch-catalog.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

/** The pause that joins events to one scan. */
const COALESCE_MS = 100;

/** Calls back at once after what is no longer than that pause; longer timers wait for the test. */
class ImpatientClock extends VirtualClock {
  pauses = 0;

  override setTimer(callback: () => void, delayMs: number): Timer {
    if (delayMs > COALESCE_MS) return super.setTimer(callback, delayMs);
    this.pauses += 1;
    const immediate = setImmediate(callback);
    return { cancel: () => clearImmediate(immediate) };
  }
}

async function watched(): Promise<ScratchCatalog> {
  const scratch = new ScratchCatalog({ clock: new ImpatientClock() });
  await scratch.catalog.start();
  await scratch.catalog.whenWatching();
  return scratch;
}

/** Changes something and gives the catalogue's ids once a change that fits was published. */
async function after(scratch: ScratchCatalog, change: () => void, isIt: () => boolean): Promise<void> {
  let next = scratch.nextChange();
  change();
  while (!isIt()) {
    await next;
    next = scratch.nextChange();
  }
}

test('a plugin that is put there, changed and taken away is noticed', async () => {
  const scratch = await watched();
  await after(
    scratch,
    () => scratch.putPlugin('web'),
    () => scratch.ids().includes('web'),
  );
  const digest = scratch.catalog.get('web')?.digest;
  await after(
    scratch,
    () => scratch.put('web/web', '#!/bin/sh\nexec sleep 5\n', 0o755),
    () => scratch.catalog.get('web')?.digest !== digest && scratch.ids().length === 1,
  );
  await after(
    scratch,
    () => rmSync(scratch.at('web'), { recursive: true }),
    () => scratch.ids().length === 0 && scratch.catalog.refusals().length === 0,
  );
});

test('a change of mode alone is noticed', async () => {
  const scratch = await watched();
  await after(
    scratch,
    () => scratch.putPlugin('web'),
    () => scratch.ids().includes('web'),
  );
  await after(
    scratch,
    () => chmodSync(scratch.at('web/web'), 0o644),
    () => scratch.reasons().web !== undefined,
  );
  await after(
    scratch,
    () => chmodSync(scratch.at('web/web'), 0o755),
    () => scratch.ids().includes('web'),
  );
});

test("a plugin's folder that is swapped by rename is noticed, and what is changed in the new one later", async () => {
  const scratch = await watched();
  await after(
    scratch,
    () => scratch.putPlugin('web'),
    () => scratch.ids().includes('web'),
  );
  scratch.putPlugin('web.new', { id: 'web', version: '2.0.0', command: ['web.new'] });
  await after(
    scratch,
    () => {
      renameSync(scratch.at('web'), scratch.at('web.old'));
      renameSync(scratch.at('web.new'), scratch.at('web'));
    },
    () => scratch.catalog.get('web')?.metadata.version === '2.0.0',
  );
  await after(
    scratch,
    () => scratch.put('web/plugin.json', '{"id":"web","name":"web","version":"3.0.0","command":["web.new"]}'),
    () => scratch.catalog.get('web')?.metadata.version === '3.0.0',
  );
});

test('a plugin folder that is swapped by rename for another is noticed, and what is changed in it later', async () => {
  const scratch = await watched();
  await after(
    scratch,
    () => scratch.putPlugin('web'),
    () => scratch.ids().includes('web'),
  );
  const next = `${scratch.at()}-next`;
  cpSync(scratch.at(), next, { recursive: true });
  renameSync(`${next}/web`, `${next}/other`);
  await after(
    scratch,
    () => {
      renameSync(scratch.at(), `${scratch.at()}-away`);
      renameSync(next, scratch.at());
    },
    () => scratch.catalog.get('web')?.path === scratch.at('other'),
  );
  await scratch.catalog.scan();
  await after(
    scratch,
    () => scratch.putPlugin('later'),
    () => scratch.ids().includes('later'),
  );
});

test('a plugin folder that is renamed away and back is watched again', async () => {
  const scratch = await watched();
  renameSync(scratch.at(), `${scratch.at()}-away`);
  await scratch.catalog.scan();
  renameSync(`${scratch.at()}-away`, scratch.at());
  await scratch.catalog.scan();
  await after(
    scratch,
    () => scratch.putPlugin('later'),
    () => scratch.ids().includes('later'),
  );
});

test('a plugin folder whose parent was swapped is watched again from the next scan on', async () => {
  const scratch = await watched();
  const parent = dirname(scratch.at());
  const away = `${parent}-away`;
  onTestFinished(() => rmSync(away, { recursive: true, force: true }));
  renameSync(parent, away);
  cpSync(away, parent, { recursive: true });
  await scratch.catalog.scan();
  await after(
    scratch,
    () => scratch.putPlugin('later'),
    () => scratch.ids().includes('later'),
  );
});

test('a drop-in is noticed, also when its folder comes later', async () => {
  const scratch = await watched();
  await after(
    scratch,
    () => scratch.putPlugin('web'),
    () => scratch.ids().includes('web'),
  );
  mkdirSync(scratch.paths.dropInFolder, { recursive: true });
  await scratch.catalog.scan();
  const nice = (): number | undefined => scratch.catalog.get('web')?.settings.nice;
  await after(
    scratch,
    () => scratch.putDropIn('web', 'nice = 5'),
    () => nice() === 5,
  );
  await after(
    scratch,
    () => unlinkSync(`${scratch.paths.dropInFolder}/web.toml`),
    () => nice() === 0,
  );
});

test('a scan comes by time, whatever the watch sees', async () => {
  const scratch = new ScratchCatalog();
  await scratch.catalog.start();
  await scratch.catalog.whenWatching();
  expect(scratch.clock.nextDelayMs).toBeLessThanOrEqual(60_000);
  scratch.clock.advance(COALESCE_MS);
  scratch.putPlugin('web');
  const next = scratch.nextChange();
  scratch.clock.advance(60_000);
  expect((await next).added).toEqual(['web']);
});

test('with scan_interval 0 nothing is scanned by time', async () => {
  const scratch = new ScratchCatalog();
  scratch.config = { ...scratch.config, scanIntervalMs: 0 };
  await scratch.catalog.start();
  expect(scratch.clock.timerCount).toBe(0);
});

test('after stop nothing runs any more', async () => {
  const scratch = await watched();
  await scratch.catalog.stop();
  expect(scratch.clock.timerCount).toBe(0);
});
