/** What an action would do to a plugin and to those around it. */

import { describe, expect, it } from 'vitest';
import { DependencyGraph } from '../../src/daemon/catalog/dependency-graph.ts';
import type { ActionVerb } from '../../src/daemon/supervisor/contract.ts';
import { startProblem } from '../../src/daemon/supervisor/dependency-problems.ts';
import {
  blockersOf,
  fits,
  holdersOf,
  type Landscape,
  pullsOf,
} from '../../src/daemon/supervisor/landscape.ts';
import type { MachineRun, Phase } from '../../src/daemon/supervisor/machine-model.ts';
import { planSteps } from '../../src/daemon/supervisor/plan.ts';
import type { Actor } from '../../src/protocol/control/plugins.ts';

const RUN: MachineRun = { runId: 1, startedAt: 0, readyAt: 1 };
const OPS: Actor = { kind: 'user', uid: 1000, name: 'ops', pid: 7 };
const RUNNING: Phase = { name: 'running', run: RUN };
const STOPPED: Phase = { name: 'stopped' };
const STOPPING: Phase = { name: 'stopping', run: RUN, goal: { kind: 'stop' } };
const BACKOFF: Phase = { name: 'backoff', dueAt: 9 };

/** `web: ['crm', RUNNING]`; everything is version 1.0.0. */
function land(
  plugins: Readonly<Record<string, readonly [needs: string, phase: Phase, downBy?: Actor]>>,
): Landscape {
  const entries = Object.entries(plugins).map(([id, [needs]]) => ({
    id,
    dependencies: needs
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => ({ plugin: word, range: '*', required: true })),
  }));
  return {
    graph: new DependencyGraph(entries),
    facts: (id) => {
      const known = plugins[id];
      if (known === undefined) return undefined;
      const [, phase, downBy] = known;
      return {
        id,
        phase,
        wanted: phase.name === 'stopped' || phase.name === 'failed' ? 'down' : 'up',
        downBy: downBy ?? null,
        version: '1.0.0',
        installedVersion: '1.0.0',
        problem: undefined,
        isInstalled: true,
      };
    },
  };
}

function plan(verb: ActionVerb, ids: readonly string[], around: Landscape): readonly string[] {
  const targets = ids.map((id) => ({ id, verb, changed: true }));
  return planSteps(targets, around).map(({ level, action, plugin }) => `${level} ${action} ${plugin}`);
}

const UP = land({ db: ['', RUNNING], crm: ['db', RUNNING], web: ['crm', RUNNING], report: ['db', RUNNING] });
const DOWN = land({
  db: ['', STOPPED],
  crm: ['db', STOPPED],
  web: ['crm', STOPPED],
  report: ['db', STOPPED],
});

describe('a plan', () => {
  it('of a start begins with what is needed', () => {
    expect(plan('start', ['web'], DOWN)).toEqual(['0 start db', '1 start crm', '2 start web']);
    expect(plan('enable', ['report'], DOWN)).toEqual(['0 start db', '1 enable report']);
  });

  it('of a stop begins with who is farthest', () => {
    expect(plan('stop', ['db'], UP)).toEqual(['0 stop web', '1 stop crm', '1 stop report', '2 stop db']);
    expect(plan('disable', ['crm'], UP)).toEqual(['0 stop web', '1 disable crm']);
  });

  it('of a restart brings back what it takes down', () => {
    expect(plan('restart', ['crm'], UP)).toEqual(['0 stop web', '1 restart crm', '2 start web']);
  });

  it('of several names has each of them once', () => {
    expect(plan('start', ['web', 'db'], DOWN)).toEqual(['0 start db', '1 start crm', '2 start web']);
    expect(plan('stop', ['db', 'web'], UP)).toEqual([
      '0 stop web',
      '1 stop crm',
      '1 stop report',
      '2 stop db',
    ]);
    expect(plan('restart', ['web', 'crm'], UP)).toEqual(['0 restart crm', '1 restart web']);
  });

  it('of a stop of what does not run takes nobody down', () => {
    expect(plan('stop', ['db'], land({ db: ['', { name: 'failed' }], crm: ['db', RUNNING] }))).toEqual([
      '0 stop db',
    ]);
  });

  it('of a stop of what waits for its next try takes down who still runs', () => {
    expect(plan('stop', ['db'], land({ db: ['', BACKOFF], crm: ['db', RUNNING] }))).toEqual([
      '0 stop crm',
      '1 stop db',
    ]);
  });

  it('says what is so already, and what is refused', () => {
    const error = { code: 'dependency', message: 'no' } as const;
    const targets = [
      { id: 'db', verb: 'start', changed: false },
      { id: 'web', verb: 'start', changed: false, error },
    ] as const;
    expect(planSteps(targets, UP)).toEqual([
      { plugin: 'db', action: 'nothing', level: 0, because: 'it is so already' },
      { plugin: 'web', action: 'nothing', level: 1, because: 'it is refused', error },
    ]);
  });
});

describe('what is pulled in', () => {
  const around = land({ db: ['', STOPPED, OPS], crm: ['db', STOPPED], web: ['crm', STOPPED] });

  it('is what a person has stopped only when a person asks for it', () => {
    expect(pullsOf('web', around, true)).toEqual(['db', 'crm']);
    expect(pullsOf('web', around, false)).toEqual(['crm']);
  });

  it('is nothing below what is up, and not what has failed', () => {
    expect(
      pullsOf('web', land({ db: ['', STOPPED], crm: ['db', RUNNING], web: ['crm', STOPPED] }), true),
    ).toEqual([]);
    expect(pullsOf('web', land({ crm: ['', { name: 'failed' }], web: ['crm', STOPPED] }), true)).toEqual([]);
  });
});

describe('what is in the way', () => {
  it('of a stop is who needs it and has a process, far ones as well', () => {
    expect(holdersOf('db', UP)).toEqual(['crm', 'report', 'web']);
    const broken = land({ db: ['', RUNNING], crm: ['db', BACKOFF], web: ['crm', RUNNING] });
    expect(holdersOf('db', broken)).toEqual(['web']);
    expect(holdersOf('db', land({ db: ['', RUNNING], crm: ['db', STOPPING] }))).toEqual(['crm']);
  });

  it('of a stop is nobody of its own cycle', () => {
    expect(holdersOf('a', land({ a: ['b', RUNNING], b: ['a', RUNNING] }))).toEqual([]);
  });

  it.each<[string, Phase, Actor | undefined, string, string]>([
    ['starting', { name: 'starting', run: RUN }, undefined, 'for db, which is starting', 'pending'],
    ['in backoff', BACKOFF, undefined, 'for db, which is in backoff', 'pending'],
    ['failed', { name: 'failed' }, undefined, 'for db, which has failed', 'given-up'],
    ['exited', { name: 'exited' }, undefined, 'for db, which has exited', 'given-up'],
    ['stopped', STOPPED, OPS, 'for db, which ops (uid 1000, pid 7) stopped', 'given-up'],
    ['never started', STOPPED, undefined, 'for db, which is stopped', 'given-up'],
  ])('of a start is what it needs, %s', (_name, phase, downBy, text, kind) => {
    const around = land({
      db: downBy === undefined ? ['', phase] : ['', phase, downBy],
      web: ['db', STOPPED],
    });
    expect(blockersOf('web', around)).toEqual([{ plugin: 'db', text, kind }]);
  });

  it('of a start is nothing once it runs', () => {
    expect(blockersOf('crm', UP)).toEqual([]);
    expect(startProblem('crm', UP)).toBeUndefined();
  });

  it('of a start may lie far away', () => {
    const around = land({ crm: ['db', STOPPED], web: ['crm', STOPPED] });
    expect(startProblem('web', around)).toMatchObject({
      code: 'dependency',
      name: 'web',
      message: 'crm, which it needs, needs db, which is not installed',
    });
  });
});

it('versions fit as semver says', () => {
  expect(fits('1.2.3', '^1.2')).toBe(true);
  expect(fits('2.0.0-rc.1', '^2.0')).toBe(false);
  expect(fits('2.0.0-rc.1', '^2.0.0-0')).toBe(true);
  expect(fits('2.0.0-rc.1', '*'), 'every version is every version').toBe(true);
});
