import { truncateSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogReader } from '../../src/daemon/logs/log-reader.ts';
import { Follower, LogWriter, makeLogRoot, readAll, START_MS } from './logs-writer.ts';

type Step =
  | { readonly do: 'write'; readonly who: number; readonly count: number }
  | { readonly do: 'half'; readonly who: number }
  | { readonly do: 'rotate'; readonly who: number; readonly isOpenedAnew: boolean }
  | { readonly do: 'compress'; readonly who: number }
  | { readonly do: 'run'; readonly who: number }
  | { readonly do: 'take'; readonly count: number }
  | { readonly do: 'turn' };

const PLUGINS = ['a', 'b', 'c'];
const TARGETS = PLUGINS.map((plugin) => ({ plugin }));
const who = fc.nat(PLUGINS.length - 1);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('write' as const), who, count: fc.integer({ min: 1, max: 400 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('half' as const), who }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('rotate' as const), who, isOpenedAnew: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compress' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('run' as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('take' as const), count: fc.integer({ min: 1, max: 500 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'turn' as const }) },
);

/** Writers of a few plugins, driven by steps; each plugin's lines carry a clock that all share. */
class World {
  readonly writers: readonly LogWriter[];
  #atMs = START_MS;

  constructor(paths: ConstructorParameters<typeof LogReader>[0]) {
    this.writers = PLUGINS.map((plugin) => new LogWriter(paths, plugin));
  }

  get written(): number {
    return this.writers.reduce((sum, writer) => sum + writer.written.length, 0);
  }

  apply(one: Exclude<Step, { do: 'take' | 'turn' }>): void {
    const writer = this.writers[one.who];
    if (writer === undefined) return;
    if (one.do === 'write') for (let n = 0; n < one.count; n += 1) writer.write(this.#tick());
    if (one.do === 'half') this.#writeInHalves(writer);
    if (one.do === 'rotate') writer.rotate(one.isOpenedAnew);
    if (one.do === 'compress') writer.compress();
    if (one.do === 'run') writer.nextRun();
  }

  #writeInHalves(writer: LogWriter): void {
    const line = writer.line(this.#tick());
    writer.append(line.slice(0, 40));
    writer.append(`${line.slice(40)}\n`);
    writer.written.push(line);
  }

  #tick(): number {
    this.#atMs += 0.125;
    return this.#atMs;
  }
}

function expectEachOnceInOrder(world: World, lines: readonly string[]): void {
  for (const { plugin, written } of world.writers) {
    expect(lines.filter((line) => line.includes(`"plugin":"${plugin}"`))).toEqual(written);
  }
  expect(lines.length).toBe(world.written);
}

const RUNS = { numRuns: 60, endOnFailure: false } as const;
/** fast-check prints seed and path of a failure; this repeats it: TORU_FC_SEED. */
const seed = Number(process.env.TORU_FC_SEED ?? Date.now() % 2 ** 31);

describe(`whatever writers do (seed ${seed})`, () => {
  it('a follower that stalls now and then gets each line once and in order', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const root = await makeLogRoot();
      const follower = new Follower(new LogReader(root.paths), {}, TARGETS);
      try {
        const world = new World(root.paths);
        const lines: string[] = [];
        for (const one of steps) {
          if (one.do === 'turn') await new Promise((resolve) => setImmediate(resolve));
          else if (one.do === 'take') {
            lines.push(...(await follower.take(Math.min(one.count, world.written - lines.length))));
          } else world.apply(one);
        }
        lines.push(...(await follower.take(world.written - lines.length)));
        lines.push(...follower.left);
        expectEachOnceInOrder(world, lines);
      } finally {
        await follower.stop();
        await root.remove();
      }
    });
    await fc.assert(property, { ...RUNS, seed });
  });

  it('readers that go on by the cursor of another get each line once and in order', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const root = await makeLogRoot();
      try {
        const world = new World(root.paths);
        const lines: string[] = [];
        let cursor: string | undefined;
        for (const one of [...steps, { do: 'take', count: 0 } as const]) {
          if (one.do === 'turn') continue;
          if (one.do !== 'take') {
            world.apply(one);
            continue;
          }
          const part = await readAll(
            new LogReader(root.paths),
            cursor === undefined ? {} : { cursor },
            TARGETS,
          );
          lines.push(...part.lines);
          cursor = part.cursors.at(-1) ?? cursor;
        }
        expectEachOnceInOrder(world, lines);
      } finally {
        await root.remove();
      }
    });
    await fc.assert(property, { ...RUNS, seed });
  });

  it('the last N lines are the end of all lines, merged by time', async () => {
    const steps = fc.array(step, { minLength: 5, maxLength: 30 });
    const property = fc.asyncProperty(steps, fc.nat(1500), async (done, count) => {
      const root = await makeLogRoot();
      try {
        const world = new World(root.paths);
        for (const one of done) if (one.do !== 'take' && one.do !== 'turn') world.apply(one);
        const reader = new LogReader(root.paths);
        const all = world.writers.flatMap(({ written }) => written).sort((a, b) => (a < b ? -1 : 1));
        expect((await readAll(reader, {}, TARGETS)).lines).toEqual(all);
        const last = (await readAll(reader, { lines: count }, TARGETS)).lines;
        expect(last).toEqual(count === 0 ? [] : all.slice(-count));
      } finally {
        await root.remove();
      }
    });
    await fc.assert(property, { ...RUNS, seed });
  });

  it('any bytes in a log pass without a crash, cut at newlines alone', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary', maxLength: 200 })),
      async (texts) => {
        const root = await makeLogRoot();
        try {
          const writer = new LogWriter(root.paths, 'a');
          const whole = texts.map((text) => text.replaceAll('\n', '').toWellFormed());
          writer.append(whole.map((text) => `${text}\n`).join(''));
          const reader = new LogReader(root.paths);
          expect((await readAll(reader, {}, TARGETS)).lines).toEqual(whole);
          expect((await readAll(reader, { lines: 3 }, TARGETS)).lines).toEqual(whole.slice(-3));
          truncateSync(writer.path);
        } finally {
          await root.remove();
        }
      },
    );
    await fc.assert(property, { ...RUNS, seed });
  });
});
