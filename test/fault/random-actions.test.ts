/**
 * Whatever is asked of torud, in whatever order, and whenever it or a plugin is killed: there is never a second process
 * of a plugin, states tell the truth, and every run ends in exactly one record.
 */

import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { leadersOfPlugin, pidsOfPlugin } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

/** TORU_TEST_SEED repeats a sequence; the seed of a failure stands in its message. */
const SEED = Number(process.env.TORU_TEST_SEED ?? Date.now() % 2 ** 31);
const STEPS = 40;
const IDS = ['sleeper', 'echo-socket', 'slow-stop'] as const;
const VERBS = ['start', 'stop', 'restart', 'enable', 'disable'] as const;

type Step =
  | {
      readonly kind: 'act';
      readonly verb: (typeof VERBS)[number];
      readonly id: string;
      readonly noBlock: boolean;
    }
  | { readonly kind: 'kill-plugin'; readonly id: string }
  | { readonly kind: 'kill-torud' };

const id = fc.constantFrom(...IDS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('act' as const),
      verb: fc.constantFrom(...VERBS),
      id,
      noBlock: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('kill-plugin' as const), id }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'kill-torud' as const }) },
);

async function carryOut(stage: PluginStage, one: Step): Promise<void> {
  switch (one.kind) {
    case 'act':
      await stage.act(one.verb, one.id, { noBlock: one.noBlock });
      return;
    case 'kill-plugin': {
      const { pid } = await stage.status(one.id);
      if (pid !== null && pidsOfPlugin(stage.folder, one.id).includes(pid)) process.kill(pid, 'SIGKILL');
      return;
    }
    case 'kill-torud':
      await stage.rig.killAndRestart();
  }
}

interface RunRow {
  readonly id: number;
  readonly ended_at: string | null;
  readonly pid: number | null;
}

function runsOf(stage: PluginStage, plugin: string): readonly RunRow[] {
  using database = new DatabaseSync(stage.paths.databaseFile, { readOnly: true });
  const query = database.prepare('SELECT id, ended_at, pid FROM runs WHERE plugin_id = ? ORDER BY id');
  return query.all(plugin) as unknown as readonly RunRow[];
}

it(`a random sequence of ${STEPS} actions and kills leaves nothing double and nothing open (seed ${SEED})`, async () => {
  const [steps = []] = fc.sample(fc.array(step, { minLength: STEPS, maxLength: STEPS }), {
    numRuns: 1,
    seed: SEED,
  });
  const restart = '[restart]\ndelays_ms = [0]\nlimit = 100\n[stop]\ngrace_ms = 1000\n';
  await using stage = await PluginStage.open(Object.fromEntries(IDS.map((one) => [one, restart])));
  try {
    for (const one of steps) {
      await carryOut(stage, one);
      for (const plugin of IDS) expect(leadersOfPlugin(stage.folder, plugin).length).toBeLessThanOrEqual(1);
    }
    for (const plugin of IDS) await checkPlugin(stage, plugin);
  } catch (thrown) {
    throw new Error(`seed ${SEED}: ${steps.map(brief).join(', ')}`, { cause: thrown });
  }
});

async function checkPlugin(stage: PluginStage, plugin: string): Promise<void> {
  const status = await stage.until(plugin, ({ state, wanted, pid }) =>
    wanted === 'up' ? state === 'running' && pid !== null : state === 'stopped' || state === 'failed',
  );
  expect(leadersOfPlugin(stage.folder, plugin)).toEqual(status.pid === null ? [] : [status.pid]);
  const runs = runsOf(stage, plugin);
  expect(runs.filter((run) => run.ended_at === null).map((run) => run.id)).toEqual(
    status.runId === null ? [] : [status.runId],
  );
  const events = await stage.events(plugin);
  const pids = runs.flatMap((run) => (run.pid === null ? [] : [run.pid]));
  expect(events.filter((event) => event.type === 'started')).toHaveLength(pids.length);
  const crashes = await stage.crashes(plugin);
  expect(new Set(crashes.map((crash) => crash.runId)).size).toBe(crashes.length);
}

function brief(one: Step): string {
  if (one.kind === 'act') return `${one.verb} ${one.id}${one.noBlock ? ' (queued)' : ''}`;
  return one.kind === 'kill-plugin' ? `kill -9 ${one.id}` : 'kill -9 torud';
}
