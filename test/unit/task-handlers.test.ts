/** The methods about tasks: who may use them, waiting, watching and following. */

import { expect, test } from 'vitest';
import { EventBus } from '../../src/daemon/base/event-bus.ts';
import type { Caller } from '../../src/daemon/control/access.ts';
import { admitByPlugin } from '../../src/daemon/control/admission.ts';
import { makeTaskHandlers } from '../../src/daemon/control/handlers/tasks.ts';
import type { TaskApi, TaskRequest } from '../../src/daemon/tasks/contract.ts';
import { newTask } from '../../src/daemon/tasks/task-record.ts';
import { toTask } from '../../src/daemon/tasks/task-view.ts';
import type { Task, TaskOutputItem } from '../../src/protocol/control/tasks.ts';
import { errorBody } from '../../src/protocol/errors.ts';
import { failure, success } from '../../src/protocol/result.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const ADMIN: Caller = { role: 'admin', actor: { kind: 'user', uid: 0, name: 'root' } };
const OPERATOR: Caller = { role: 'operate', actor: { kind: 'user', uid: 7, name: 'ops' } };
const PLUGINS = { select: () => success({ targets: [], ids: [], missing: [] }), stateOf: () => null };
const NO_FACTS = { nowMs: 0, running: undefined, waitsFor: null };
const AT = '2026-03-01T12:00:00.000000Z';

function taskOf(id: string, more: Partial<Task> = {}): Task {
  return { ...toTask({ ...newTask(id, 'a.sh', AT), state: 'running' }, NO_FACTS), ...more };
}

/** Tasks that the test holds in its hand. */
function rig() {
  const bus = new EventBus();
  const clock = new VirtualClock();
  const known = new Map<string, Task>();
  const asked: TaskRequest[] = [];
  const pieces: TaskOutputItem[] = [];
  const unused = (): never => {
    throw new Error('not used here');
  };
  const tasks: TaskApi = {
    run: async (request) => {
      asked.push(request);
      return success(taskOf('1'));
    },
    cancel: unused,
    find: (id) => {
      const task = known.get(id);
      return task === undefined ? failure(errorBody('not_found', 'there is no such task')) : success(task);
    },
    get: (id) => known.get(id),
    newestOf: unused,
    list: ({ limit }) => {
      const final = [...known.values()].filter((task) => task.endedAt !== null);
      return success({ tasks: final.slice(0, limit), more: false });
    },
    live: () => [...known.values()].filter((task) => task.endedAt === null),
    scripts: unused,
    refusalOf: unused,
  };
  const set = (task: Task): void => {
    known.set(task.id, task);
    bus.publish('task-changed', { id: task.id, state: task.state });
  };
  const grown = new Set<() => void>();
  const output = {
    cursor: () => ({ next: () => pieces.shift() as never, rest: () => undefined }),
    follow: () => ({ readUpTo: () => undefined, end: () => undefined }),
    onGrown: (_id: string, listener: () => void) => {
      grown.add(listener);
      return () => grown.delete(listener);
    },
  };
  const write = (item: TaskOutputItem): void => {
    pieces.push(item);
    for (const listener of grown) listener();
  };
  const controller = new AbortController();
  const context = { signal: controller.signal, recordChange: () => undefined };
  const handlers = makeTaskHandlers({ tasks, output, bus, clock });
  return { bus, clock, known, asked, set, write, grown, controller, context, handlers };
}

test('the environment of a script is for admins alone', async () => {
  const { handlers, context, asked } = rig();
  const params = { script: 'a.sh', env: { LD_PRELOAD: '/tmp/x' } };
  expect(await handlers['task.run'](params, OPERATOR, context)).toMatchObject({
    ok: false,
    failure: {
      code: 'denied',
      message: 'ops (uid 7) may operate, and setting the environment of a script needs admin',
    },
  });
  expect(asked).toEqual([]);
  expect(await handlers['task.run'](params, ADMIN, context)).toMatchObject({ ok: true });
  expect(await handlers['task.run']({ script: 'a.sh', env: {} }, OPERATOR, context)).toMatchObject({
    ok: true,
  });
  expect(asked).toHaveLength(2);
});

test('a role for some plugins is not enough to run or cancel a task', () => {
  const limited: Caller = {
    role: 'view',
    actor: { kind: 'user', uid: 7 },
    grants: [{ role: 'admin', plugins: 'web-*' }],
  };
  for (const method of ['task.run', 'task.cancel', 'quickAction.run'] as const) {
    expect(admitByPlugin(method, { script: 'a.sh', id: '1', name: 'web-1' }, limited, PLUGINS)).toMatchObject(
      {
        ok: false,
        failure: { code: 'denied' },
      },
    );
  }
});

test('waiting ends with the task, with the time limit, or with the client', async () => {
  const { handlers, context, controller, clock, set, known } = rig();
  set(taskOf('1'));
  const ended = handlers['task.wait']({ id: '1' }, OPERATOR, context);
  set(taskOf('2', { endedAt: AT }));
  set(taskOf('1', { state: 'done', endedAt: AT }));
  expect(await ended).toMatchObject({ ok: true, value: { task: { id: '1', state: 'done' } } });
  expect(await handlers['task.wait']({ id: '1' }, OPERATOR, context)).toMatchObject({ ok: true });
  known.set('3', taskOf('3'));
  const late = handlers['task.wait']({ id: '3', timeoutMs: 1_500 }, OPERATOR, context);
  clock.advance(1_500);
  expect(await late).toMatchObject({
    failure: { code: 'timeout', message: 'a.sh, task 3, has not ended after 1.5 s; it goes on' },
  });
  const left = handlers['task.wait']({ id: '3' }, OPERATOR, context);
  controller.abort();
  expect(await left).toMatchObject({ failure: { code: 'interrupted' } });
  expect(await handlers['task.wait']({ id: '9' }, OPERATOR, context)).toMatchObject({
    failure: { code: 'not_found' },
  });
  expect(clock.timerCount).toBe(0);
});

test('a watcher that is slow is told of each task once, as it is then, and nothing is missed', async () => {
  const { handlers, controller, set } = rig();
  set(taskOf('1'));
  set(taskOf('0', { state: 'done', endedAt: AT }));
  const watch = handlers['task.watch']({ limit: 5 }, OPERATOR, controller.signal);
  const first = await watch.next();
  expect(first.value).toMatchObject({ kind: 'snapshot', tasks: [{ id: '1' }, { id: '0' }] });
  for (let round = 0; round < 10_000; round += 1) set(taskOf('1', { outputBytes: round }));
  set(taskOf('2'));
  set(taskOf('1', { state: 'failed', endedAt: AT }));
  expect((await watch.next()).value).toMatchObject({ kind: 'task', task: { id: '1', state: 'failed' } });
  expect((await watch.next()).value).toMatchObject({ kind: 'task', task: { id: '2', state: 'running' } });
  const waiting = watch.next();
  controller.abort();
  expect(await waiting).toMatchObject({ done: true, value: { ok: true } });
});

test('a watcher for whom too much has piled up is told anew of what there is', async () => {
  const { handlers, controller, set } = rig();
  const watch = handlers['task.watch']({ limit: 3 }, OPERATOR, controller.signal);
  await watch.next();
  for (let id = 0; id < 5_000; id += 1) set(taskOf(String(id), { state: 'done', endedAt: AT }));
  set(taskOf('live'));
  expect((await watch.next()).value).toMatchObject({
    kind: 'snapshot',
    tasks: [{ id: 'live' }, { id: '0' }, { id: '1' }, { id: '2' }],
  });
  controller.abort();
});

test('a large snapshot comes in parts', async () => {
  const { handlers, controller, set } = rig();
  for (let id = 0; id < 40; id += 1) set(taskOf(String(id), { args: ['x'.repeat(30_000)] }));
  const watch = handlers['task.watch']({}, OPERATOR, controller.signal);
  const seen: string[] = [];
  const first = (await watch.next()).value;
  if (first === undefined || 'ok' in first || first.kind !== 'snapshot') throw new Error('no snapshot');
  expect(JSON.stringify(first).length).toBeLessThan(600_000);
  seen.push(...first.tasks.map((task) => task.id));
  while (seen.length < 40) {
    const item = (await watch.next()).value;
    if (item === undefined || 'ok' in item || item.kind !== 'task') throw new Error('no task');
    seen.push(item.task.id);
  }
  expect(new Set(seen).size).toBe(40);
  controller.abort();
});

test('a follower hears when a task begins, what it writes, and its end; then nobody listens any more', async () => {
  const { handlers, controller, set, write, grown } = rig();
  set(taskOf('1', { state: 'queued', reason: 'waits for a place' }));
  const follow = handlers['task.output']({ id: '1', follow: true }, OPERATOR, controller.signal);
  const begun = follow.next();
  set(taskOf('1'));
  expect((await begun).value).toMatchObject({ kind: 'task', task: { state: 'running' } });
  const written = follow.next();
  write({ kind: 'chunk', stream: 'stdout', at: AT, text: 'hello', next: 5 });
  expect((await written).value).toMatchObject({ kind: 'chunk', text: 'hello' });
  const last = follow.next();
  write({ kind: 'chunk', stream: 'stderr', at: AT, text: 'bye', next: 8 });
  set(taskOf('1', { state: 'done', endedAt: AT, outputBytes: 8 }));
  expect((await last).value).toMatchObject({ kind: 'chunk', text: 'bye' });
  expect(await follow.next()).toMatchObject({
    done: true,
    value: { ok: true, value: { task: { state: 'done' } } },
  });
  expect(grown.size).toBe(0);
});

test('a follower whose client leaves ends at once', async () => {
  const { handlers, controller, set, grown } = rig();
  set(taskOf('1'));
  const follow = handlers['task.output']({ id: '1', follow: true }, OPERATOR, controller.signal);
  const waiting = follow.next();
  controller.abort();
  expect(await waiting).toMatchObject({
    done: true,
    value: { ok: true, value: { task: { state: 'running' } } },
  });
  expect(grown.size).toBe(0);
});
