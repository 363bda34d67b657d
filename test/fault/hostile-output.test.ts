/** Plugins that write what no plugin should: torud and the disk stay bounded, and the neighbour notices nothing. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { untilTrue } from '../rig/plugin-processes.ts';
import {
  expectNothingLeft,
  expectOthersUnharmed,
  expectSmallShim,
  logBytes,
  messages,
  openHostile,
  QUICK_STOP,
} from './hostile-stage.ts';

const KIB = 1024;
const MIB = KIB * KIB;

it('a line of 300 MB is kept up to its limit and marked as cut, and the next line is whole', async () => {
  await using stage = await openHostile(
    'huge-line',
    `${QUICK_STOP}[environment]\nHUGE_BYTES = "${300 * MIB}"\n`,
  );
  await stage.act('start', 'huge-line');
  await stage.untilLine('huge-line', 'after the huge line');
  const lines = (await readFile(join(stage.paths.pluginLogFolder, 'huge-line.log'), 'utf8'))
    .trim()
    .split('\n');
  expect(lines).toHaveLength(2);
  const [cut, after] = lines.map(
    (line) => JSON.parse(line) as { message: string; cut?: boolean; seq: number },
  );
  expect(cut).toMatchObject({ cut: true, seq: 1 });
  expect(cut?.message).toHaveLength(64 * KIB);
  expect(after).toMatchObject({ message: 'after the huge line', seq: 2 });
  await expectSmallShim(stage, 'huge-line');
  await expectOthersUnharmed(stage);
  await stage.act('stop', 'huge-line');
  expectNothingLeft(stage, 'huge-line');
});

it('a flood on stdout fills no more disk than its rotated files may, and others answer meanwhile', async () => {
  await using stage = await openHostile('floods-stdout', `${QUICK_STOP}[log]\nmax_size = ${MIB}\nkeep = 2\n`);
  await stage.act('start', 'floods-stdout');
  const oldest = join(stage.paths.pluginLogFolder, 'floods-stdout.log.2');
  for (let look = 0; look < 10; look += 1) {
    await untilTrue('it has been rotated twice', () => existsSync(oldest));
    // The file that is being written may pass its size by what one read brought.
    expect(logBytes(stage, 'floods-stdout')).toBeLessThan(3 * MIB + 512 * KIB);
    await expectOthersUnharmed(stage);
  }
  await expectSmallShim(stage, 'floods-stdout');
  for (let look = 0; look < 10; look += 1) {
    const tail = await messages(stage, 'floods-stdout', 3);
    // None when all of them were rotated away before they could be read.
    expect(tail.length).toBeLessThanOrEqual(3);
    expect(tail.every((line) => line === 'one of many, many lines that nobody wants to read')).toBe(true);
  }
  await stage.act('stop', 'floods-stdout');
  expectNothingLeft(stage, 'floods-stdout');
});

it('a program that never ends a line has one cut line in its log, however long it writes', async () => {
  await using stage = await openHostile('never-a-newline');
  await stage.act('start', 'never-a-newline');
  await stage.untilLine('never-a-newline', '"cut":true');
  for (let look = 0; look < 3; look += 1) await expectOthersUnharmed(stage);
  expect(logBytes(stage, 'never-a-newline')).toBeLessThan(70 * KIB);
  await expectSmallShim(stage, 'never-a-newline');
  await stage.act('stop', 'never-a-newline');
  expectNothingLeft(stage, 'never-a-newline');
  expect(await messages(stage, 'never-a-newline')).toHaveLength(1);
});

it('a plugin that closes its output goes on, keeps its last words, and is stopped like any other', async () => {
  await using stage = await openHostile('closes-stdout');
  await stage.act('start', 'closes-stdout');
  await stage.untilLine('closes-stdout', 'last words');
  expect(await stage.status('closes-stdout')).toMatchObject({ state: 'running', problems: [] });
  await expectOthersUnharmed(stage);
  await stage.act('stop', 'closes-stdout');
  expect(await stage.status('closes-stdout')).toMatchObject({ state: 'stopped', lastCrash: null });
  expectNothingLeft(stage, 'closes-stdout');
});

it('a plugin that closes the stdout on which it should answer is ended with cause protocol', async () => {
  const dropIn = `${QUICK_STOP}[restart]\npolicy = "never"\n[start]\ntimeout_ms = 500\n`;
  await using stage = await openHostile('closes-stdout-stdio', dropIn);
  await stage.act('start', 'closes-stdout-stdio', { noBlock: true });
  await stage.untilState('closes-stdout-stdio', 'failed');
  expect(await stage.capsule('closes-stdout-stdio')).toMatchObject({ cause: 'protocol' });
  await expectOthersUnharmed(stage);
  expectNothingLeft(stage, 'closes-stdout-stdio');
});

it('a plugin that empties its own log loses what stood in it and the line that met a torn one, and nothing that comes after', async () => {
  await using stage = await openHostile('truncates-its-log');
  await stage.act('start', 'truncates-its-log');
  await stage.untilLine('truncates-its-log', '"end"');
  const kept = (await messages(stage, 'truncates-its-log')).filter((line) => /^(line \d+|end)$/.test(line));
  expect(kept.at(-1)).toBe('end');
  const numbers = kept.slice(0, -1).map((line) => Number(line.slice('line '.length)));
  // Emptied for the last time at about line 200, in the middle of a line.
  const [first = 0] = numbers;
  expect(first).toBeLessThanOrEqual(202);
  expect(numbers).toEqual(Array.from({ length: 211 - first }, (_none, index) => first + index));
  await expectOthersUnharmed(stage);
  await stage.act('restart', 'truncates-its-log');
  await stage.act('stop', 'truncates-its-log');
  expectNothingLeft(stage, 'truncates-its-log');
});
