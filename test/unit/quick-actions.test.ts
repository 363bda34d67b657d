/** Quick actions: kept in an order without gaps, changed field by field, stored before they are answered. */

import { describe, expect, it } from 'vitest';
import { QuickActions } from '../../src/daemon/quick-actions/quick-actions.ts';
import { type QuickActionRecord, QuickActionStore } from '../../src/daemon/store/quick-action-store.ts';
import type { TaskRequest } from '../../src/daemon/tasks/contract.ts';
import type { QuickActionSetParams } from '../../src/protocol/control/quick-actions.ts';
import type { TaskOrigin } from '../../src/protocol/control/tasks.ts';
import { success } from '../../src/protocol/result.ts';
import { failureOf, Scratch, unwrap } from './store-scratch.ts';

class Stage {
  readonly scratch = new Scratch();
  readonly database = this.scratch.open();
  readonly asked: (readonly [TaskRequest, TaskOrigin])[] = [];
  readonly actions = new QuickActions(this.database, new QuickActionStore(this.database), {
    run: async (request, _actor, origin) => {
      this.asked.push([request, origin]);
      return success(null);
    },
  });

  add(name: string, more: Partial<QuickActionSetParams> = {}) {
    return this.actions.set({ name, script: `${name}.sh`, ...more, mode: 'create' });
  }

  edit(name: string, fields: Partial<QuickActionSetParams>) {
    return this.actions.set({ name, ...fields, mode: 'edit' });
  }

  /** `1 a 2 b` */
  order(): string {
    const { actions } = unwrap(this.actions.list());
    return actions.map(({ name, position }) => `${position} ${name}`).join(' ');
  }
}

function staged(...names: readonly string[]): Stage {
  const stage = new Stage();
  for (const name of names) unwrap(stage.add(name));
  return stage;
}

describe('a new quick action', () => {
  it('comes last, with the name as its title and nothing else', () => {
    const stage = staged('a');
    expect(unwrap(stage.add('b'))).toEqual({
      changed: true,
      action: {
        name: 'b',
        title: 'b',
        script: 'b.sh',
        args: [],
        icon: '',
        position: 2,
        confirm: null,
        lock: null,
        timeoutMs: null,
      },
    });
    expect(stage.order()).toBe('1 a 2 b');
  });

  it.each([
    [1, '1 new 2 a 3 b'],
    [2, '1 a 2 new 3 b'],
    [3, '1 a 2 b 3 new'],
    [99, '1 a 2 b 3 new'],
  ])('is put at position %i, and the others make room', (position, order) => {
    const stage = staged('a', 'b');
    expect(unwrap(stage.add('new', { position })).action.position).toBe(Math.min(position, 3));
    expect(stage.order()).toBe(order);
  });

  it('must be new, and needs a script', () => {
    const stage = staged('a');
    expect(failureOf(stage.add('a'))).toMatchObject({ code: 'conflict', name: 'a' });
    expect(failureOf(stage.actions.set({ name: 'b', mode: 'create' }))).toMatchObject({ code: 'usage' });
    expect(stage.order()).toBe('1 a');
  });

  it('with dryRun is only answered', () => {
    const stage = staged('a');
    expect(unwrap(stage.add('b', { dryRun: true }))).toMatchObject({
      changed: true,
      action: { position: 2 },
    });
    expect(failureOf(stage.add('a', { dryRun: true })).code).toBe('conflict');
    expect(stage.order()).toBe('1 a');
  });

  it.each([
    [{ name: 'a b' }, 'is no name of a quick action'],
    [{ name: '-a' }, 'is no name of a quick action'],
    [{ name: '.a' }, 'is no name of a quick action'],
    [{ name: 'a'.repeat(65) }, 'is no name of a quick action'],
    [{ name: 'ä' }, 'is no name of a quick action'],
    [{ script: '../x' }, 'is no name of a file in the scripts folder'],
    [{ script: '..' }, 'is no name of a file in the scripts folder'],
    [{ icon: 'xy' }, 'the icon must be one emoji'],
    [{ icon: 'A' }, 'the icon must be one emoji'],
    [{ icon: '🔄🔄' }, 'the icon must be one emoji'],
    [{ title: 'a\nb' }, 'the title must be one line'],
    [{ confirm: 'sure\u001b[2J' }, 'the question must be one line'],
  ])('%j is refused', (fields, message) => {
    const stage = new Stage();
    const refused = failureOf(stage.add('ok', fields));
    expect(refused.code).toBe('usage');
    expect(refused.message).toContain(message);
    expect(stage.order()).toBe('');
  });

  it.each(['🔄', '⚙', '⚙️', '👩‍💻', '🇩🇪', '1️⃣'])('may have the icon %s', (icon) => {
    expect(unwrap(new Stage().add('a', { icon })).action.icon).toBe(icon);
  });
});

describe('editing', () => {
  it('changes what is given, leaves the rest, and takes away with null', () => {
    const stage = new Stage();
    const all = { title: 'T', args: ['x'], icon: '🔄', confirm: 'Sure?', lock: 'l', timeoutMs: 5_000 };
    unwrap(stage.add('a', all));
    expect(unwrap(stage.edit('a', { args: [] })).action).toMatchObject({ ...all, args: [], script: 'a.sh' });
    const cleared = { title: null, icon: null, confirm: null, lock: null, timeoutMs: null };
    expect(unwrap(stage.edit('a', cleared)).action).toEqual({
      name: 'a',
      title: 'a',
      script: 'a.sh',
      args: [],
      icon: '',
      position: 1,
      confirm: null,
      lock: null,
      timeoutMs: null,
    });
  });

  it('renames in its place, and not onto another one', () => {
    const stage = staged('a', 'b', 'c');
    expect(unwrap(stage.edit('b', { rename: 'x' })).action).toMatchObject({
      name: 'x',
      title: 'x',
      position: 2,
    });
    expect(stage.order()).toBe('1 a 2 x 3 c');
    expect(failureOf(stage.edit('x', { rename: 'a' })).code).toBe('conflict');
    expect(failureOf(stage.edit('x', { rename: 'a b' })).code).toBe('usage');
    expect(failureOf(stage.edit('b', { title: 'gone' }))).toMatchObject({ code: 'not_found', name: 'b' });
  });

  it.each([
    ['a', 3, '1 b 2 c 3 a'],
    ['c', 1, '1 c 2 a 3 b'],
    ['b', 2, '1 a 2 b 3 c'],
    ['a', 50, '1 b 2 c 3 a'],
  ])('moves %s to %i', (name, position, order) => {
    const stage = staged('a', 'b', 'c');
    unwrap(stage.edit(name, { position }));
    expect(stage.order()).toBe(order);
  });

  it('says whether anything changed', () => {
    const stage = staged('a', 'b');
    expect(unwrap(stage.edit('a', { script: 'a.sh', position: 1 })).changed).toBe(false);
    expect(unwrap(stage.edit('a', { position: 2, dryRun: true })).changed).toBe(true);
    expect(stage.order()).toBe('1 a 2 b');
  });
});

it('a removed one leaves no gap; one that is not there is not found', () => {
  const stage = staged('a', 'b', 'c');
  expect(unwrap(stage.actions.remove({ name: 'b', dryRun: true }))).toEqual({ changed: true });
  expect(stage.order()).toBe('1 a 2 b 3 c');
  unwrap(stage.actions.remove({ name: 'b' }));
  expect(stage.order()).toBe('1 a 2 c');
  expect(failureOf(stage.actions.remove({ name: 'b' })).code).toBe('not_found');
});

it('running one asks for its script with all that it says', async () => {
  const stage = new Stage();
  unwrap(stage.add('a', { args: ['x'], lock: 'l', timeoutMs: 1_000 }));
  const actor = { kind: 'user', uid: 1 } as const;
  expect(unwrap(await stage.actions.run({ name: 'a', noQueue: true }, actor))).toEqual({ task: null });
  expect(stage.asked).toEqual([
    [
      { script: 'a.sh', args: ['x'], lock: 'l', timeoutMs: 1_000, noQueue: true, dryRun: undefined },
      { kind: 'action', action: 'a' },
    ],
  ]);
  expect(failureOf(await stage.actions.run({ name: 'aa' }, actor))).toMatchObject({
    code: 'not_found',
    hint: 'did you mean "a"?',
  });
});

it('what cannot be stored is not answered as done', () => {
  const noSpace = { message: 'no space left on the device' };
  const records: QuickActionRecord[] = [];
  const database = {
    read: <Value>(work: () => Value) => success(work()),
    transaction: () => ({ ok: false, failure: noSpace }) as const,
  };
  const table = { all: () => records, replaceAll: () => undefined };
  const actions = new QuickActions(database, table, { run: async () => success(null) });
  expect(failureOf(actions.set({ name: 'a', script: 's', mode: 'create' }))).toMatchObject({
    code: 'unavailable',
    message: noSpace.message,
  });
});

it('the list outlives the database’s closing', () => {
  const stage = staged('a', 'b');
  unwrap(stage.database.close());
  const database = stage.scratch.open();
  const again = new QuickActions(database, new QuickActionStore(database), {
    run: async () => success(null),
  });
  expect(unwrap(again.list()).actions.map(({ name }) => name)).toEqual(['a', 'b']);
});
