/** Wherever torud is killed while it swaps versions, its next start finds the old one or the new one, whole. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AskedChange } from '../../src/daemon/catalog/asked-change.ts';
import { makeStaging, recoverStaging } from '../../src/daemon/install/staging.ts';
import {
  carryOutSwap,
  identityAt,
  keptNameOf,
  PREVIOUS,
  type Swap,
  SwapPlaces,
} from '../../src/daemon/install/swap.ts';

let plugins: string;

beforeEach(() => {
  plugins = mkdtempSync(join(tmpdir(), 'toru-swap-'));
});

afterEach(() => rmSync(plugins, { recursive: true, force: true }));

const CHANGE: AskedChange = {
  type: 'installed',
  verb: 'install',
  subject: '/srv/web',
  actor: { kind: 'daemon' },
  details: {},
};

class Killed extends Error {}

function version(folder: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'version'), text);
}

function seen(path: string): string | null {
  return identityAt(path) === null ? null : readFileSync(join(path, 'version'), 'utf8');
}

/** What is there and what is kept: `new/old`. */
function state(): string {
  const kept = keptNameOf(plugins, 'web');
  return `${seen(join(plugins, 'web'))}/${kept === null ? null : seen(join(plugins, PREVIOUS, 'web', kept))}`;
}

/** Begins with what is given; @param killedAt the step before which the process ends */
async function swap(kind: Swap['kind'], current: string | null, kept: string | null, killedAt?: string) {
  if (current !== null) version(join(plugins, 'web'), current);
  const keptFolder = join(plugins, PREVIOUS, 'web', 'web');
  if (kept !== null) version(keptFolder, kept);
  const staging = await makeStaging(plugins);
  const places = new SwapPlaces(plugins, staging);
  if (kind === 'install') version(join(staging, 'entry', 'web'), 'new');
  const keptIdentity = identityAt(keptFolder);
  const note: Swap = {
    kind,
    id: 'web',
    name: 'web',
    keptName: kept === null ? null : 'web',
    incoming:
      kind === 'install'
        ? identityAt(join(staging, 'entry', 'web'))
        : kind === 'rollback'
          ? keptIdentity
          : null,
    current: identityAt(join(plugins, 'web')),
    kept: keptIdentity,
    change: CHANGE,
  };
  const steps: string[] = [];
  try {
    carryOutSwap(places, note, (step) => {
      steps.push(step);
      if (step === killedAt) throw new Killed();
    });
  } catch (thrown) {
    if (!(thrown instanceof Killed)) throw thrown;
  }
  return steps;
}

const CASES: readonly (readonly [
  Swap['kind'],
  current: string | null,
  kept: string | null,
  after: string,
])[] = [
  ['install', null, null, 'new/null'],
  ['install', 'old', null, 'new/old'],
  ['install', 'old', 'older', 'new/old'],
  ['install', null, 'older', 'new/older'],
  ['rollback', 'old', 'older', 'older/old'],
  ['rollback', null, 'older', 'older/null'],
  ['remove', 'old', null, 'null/old'],
  ['remove', 'old', 'older', 'null/old'],
];

for (const [kind, current, kept, after] of CASES) {
  const before = `${current}/${kept}`;
  test(`${kind} over ${before} gives ${after}, or leaves ${before} when it is killed in between`, async () => {
    const steps = await swap(kind, current, kept);
    expect(state()).toBe(after);
    await recoverStaging(plugins);
    expect(state()).toBe(after);
    for (const step of steps) {
      rmSync(plugins, { recursive: true });
      mkdirSync(plugins);
      await swap(kind, current, kept, step);
      const { undone, finished, problems } = await recoverStaging(plugins);
      expect([step, problems]).toEqual([step, []]);
      expect([step, [before, after].includes(state())]).toEqual([step, true]);
      expect(undone.length + finished.size).toBe(step === 'note' ? 0 : 1);
      expect(state()).toBe(finished.size === 1 ? after : before);
      expect(readdirSync(plugins).filter((name) => name.startsWith('.staging'))).toEqual([]);
      // Once more finds nothing to do.
      expect(await recoverStaging(plugins)).toEqual({ undone: [], finished: new Map(), problems: [] });
    }
  });
}

test('a note that is half written means that nothing was renamed yet', async () => {
  version(join(plugins, 'web'), 'old');
  const staging = await makeStaging(plugins);
  writeFileSync(join(staging, 'swap.json'), '{"kind":"inst');
  expect(await recoverStaging(plugins)).toEqual({ undone: [], finished: new Map(), problems: [] });
  expect(state()).toBe('old/null');
});

test('a note with paths in it is not followed', async () => {
  version(join(plugins, 'web'), 'old');
  const staging = await makeStaging(plugins);
  const note = {
    kind: 'remove',
    id: '../x',
    name: '../../y',
    keptName: null,
    incoming: null,
    current: null,
    kept: null,
  };
  writeFileSync(join(staging, 'swap.json'), JSON.stringify(note));
  expect((await recoverStaging(plugins)).undone).toEqual([]);
  expect(state()).toBe('old/null');
});
