/** What the methods do with the supervisor and the stores. */

import { expect, test } from 'vitest';
import { EventBus } from '../../src/daemon/base/event-bus.ts';
import type { Caller } from '../../src/daemon/control/access.ts';
import { makeActionHandlers } from '../../src/daemon/control/handlers/actions.ts';
import { makeCrashHandlers } from '../../src/daemon/control/handlers/crashes.ts';
import { makeKvHandlers } from '../../src/daemon/control/handlers/kv.ts';
import { makeLogHandlers } from '../../src/daemon/control/handlers/logs.ts';
import { makePluginHandlers } from '../../src/daemon/control/handlers/plugins.ts';
import { Reader } from '../../src/daemon/control/handlers/reader.ts';
import type { LogReadParams } from '../../src/protocol/control/logs.ts';
import { failure, success } from '../../src/protocol/result.ts';
import { FakeSupervisor } from '../rig/fake-supervisor.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const CALLER: Caller = { role: 'admin', actor: { kind: 'user', uid: 0, gid: 0, pid: 1, name: 'root' } };

const reader = new Reader({ read: (work) => success(work()) });

function actionRig() {
  const supervisor = new FakeSupervisor();
  const clock = new VirtualClock();
  const bus = new EventBus();
  const controller = new AbortController();
  const recorded: unknown[] = [];
  const context = {
    signal: controller.signal,
    recordChange: (result: unknown) => void recorded.push(result),
  };
  return {
    supervisor,
    clock,
    controller,
    recorded,
    context,
    bus,
    handlers: makeActionHandlers({ supervisor, clock, bus, refresh: () => Promise.resolve() }),
  };
}

test('an action begins for all names at once and answers in the order asked, when all are done', async () => {
  const { supervisor, handlers, context, recorded } = actionRig();
  const answer = handlers['plugin.start']({ names: ['web', 'nope', 'db', 'api'] }, CALLER, context);
  await new Promise(setImmediate);
  expect(supervisor.acted).toEqual(['start web', 'start db', 'start api']);
  expect(recorded).toEqual([
    [
      { plugin: 'web', changed: true },
      { plugin: 'nope', error: 'not_found' },
      { plugin: 'db', error: 'invalid' },
      { plugin: 'api', changed: true },
    ],
  ]);
  supervisor.done.get('api')?.resolve({ plugin: 'api', changed: true, state: 'running' });
  supervisor.done.get('web')?.resolve({ plugin: 'web', changed: true, state: 'running' });
  expect(await answer).toEqual(
    success({
      outcomes: [
        { plugin: 'web', changed: true, state: 'running' },
        {
          plugin: 'nope',
          changed: false,
          state: null,
          error: expect.objectContaining({ code: 'not_found' }),
        },
        {
          plugin: 'db',
          changed: false,
          state: 'stopped',
          error: { code: 'invalid', message: 'port must be a number' },
        },
        { plugin: 'api', changed: true, state: 'running' },
      ],
    }),
  );
});

test('noBlock answers once the intent is stored', async () => {
  const { handlers, context } = actionRig();
  expect(await handlers['plugin.stop']({ names: ['web'], noBlock: true }, CALLER, context)).toEqual(
    success({ outcomes: [{ plugin: 'web', changed: true, state: 'running' }] }),
  );
});

test('a time limit names what is still pending, and keeps the outcomes of the others', async () => {
  const { supervisor, clock, handlers, context } = actionRig();
  const answer = handlers['plugin.start']({ names: ['web', 'api'], timeoutMs: 30_000 }, CALLER, context);
  await new Promise(setImmediate);
  supervisor.done.get('api')?.resolve({ plugin: 'api', changed: true, state: 'running' });
  supervisor.states.set('web', 'starting');
  clock.advance(29_999);
  await Promise.resolve();
  clock.advance(1);
  expect(await answer).toMatchObject({
    value: {
      outcomes: [
        {
          plugin: 'web',
          state: 'starting',
          error: { code: 'timeout', message: 'still starting after 30 s; it goes on', name: 'web' },
        },
        { plugin: 'api', state: 'running' },
      ],
    },
  });
  expect(clock.timerCount).toBe(0);
});

test('a client that leaves only ends the waiting', async () => {
  const { clock, controller, handlers, context } = actionRig();
  const answer = handlers['plugin.restart']({ names: ['web'], timeoutMs: 30_000 }, CALLER, context);
  controller.abort();
  expect(await answer).toMatchObject({
    value: { outcomes: [{ plugin: 'web', error: { code: 'interrupted' } }] },
  });
  expect(clock.timerCount).toBe(0);
});

test('plugins are begun in the order of their need, and answered in the order asked', async () => {
  const { supervisor, handlers, context } = actionRig();
  supervisor.order = ['api', 'web'];
  const answer = await handlers['plugin.stop']({ names: ['web', 'api'], noBlock: true }, CALLER, context);
  expect(supervisor.acted).toEqual(['stop api', 'stop web']);
  expect(answer).toMatchObject({ value: { outcomes: [{ plugin: 'web' }, { plugin: 'api' }] } });
});

test('a dry run plans for those that exist, names the others, and does nothing', async () => {
  const { supervisor, handlers, context, recorded } = actionRig();
  const answer = await handlers['plugin.stop']({ names: ['nope', 'web'], dryRun: true }, CALLER, context);
  expect(answer).toMatchObject({
    value: { plan: [], outcomes: [{ plugin: 'nope', error: { code: 'not_found' } }, { plugin: 'web' }] },
  });
  await handlers['plugin.kill']({ names: ['web'], signal: 'SIGHUP', dryRun: true }, CALLER, context);
  expect([supervisor.planned, supervisor.acted, recorded]).toEqual([['stop web'], [], []]);
});

test('wait answers with the end of the run that was begun, and not of one before it', async () => {
  const { supervisor, bus, handlers, context } = actionRig();
  const exit = (runId: number, code: number) => ({
    runId,
    at: '2026-01-01T00:00:00.000000Z',
    code,
    signal: null,
  });
  const become = (more: object): void => {
    supervisor.status = (id) => ({ id, lastExit: null, lastCrash: null, runId: null, ...more }) as never;
    bus.publish('plugin-changed', { id: 'web' });
  };
  become({ state: 'running', runId: 4 });
  const answer = handlers['plugin.restart']({ names: ['web'], wait: true }, CALLER, context);
  await new Promise(setImmediate);
  become({ state: 'starting', runId: 5, lastExit: exit(4, 0) });
  supervisor.done.get('web')?.resolve({ plugin: 'web', changed: true, state: 'running' });
  become({ state: 'backoff', lastExit: exit(5, 7), lastCrash: { runId: 5 } });
  expect(await answer).toMatchObject({
    value: { outcomes: [{ exit: { runId: 5 }, error: { message: 'it ended with exit code 7' } }] },
  });
});

test('enable and disable act now unless they are told not to', async () => {
  const { supervisor, handlers, context } = actionRig();
  for (const now of [true, false]) {
    await handlers['plugin.enable']({ names: ['web'], now, noBlock: true }, CALLER, context);
    await handlers['plugin.disable']({ names: ['web'], now, noBlock: true }, CALLER, context);
  }
  expect(supervisor.acted).toEqual(['enable web', 'disable web', 'enable-only web', 'disable-only web']);
});

test('kill sends a real signal to each, and says who has no process', async () => {
  const { supervisor, handlers, context } = actionRig();
  expect(
    await handlers['plugin.kill']({ names: ['web', 'db'], signal: 'SIGHUP' }, CALLER, context),
  ).toMatchObject({
    value: {
      outcomes: [
        { plugin: 'web', changed: true },
        { plugin: 'db', error: { code: 'not_running' } },
      ],
    },
  });
  expect(supervisor.acted).toEqual(['SIGHUP web', 'SIGHUP db']);
  expect(await handlers['plugin.kill']({ names: ['web'], signal: 'SIGFOO' }, CALLER, context)).toMatchObject({
    failure: { code: 'usage' },
  });
});

test('lists take names, states and enabled into account, and name what is missing', async () => {
  const supervisor = new FakeSupervisor();
  const scan = { added: [], changed: [], removed: [], refused: [] };
  const handlers = makePluginHandlers(supervisor, {
    scan: async () => scan,
    preview: async () => scan,
  });
  const context = { signal: new AbortController().signal, recordChange: () => undefined };
  expect(await handlers['plugin.list']({ states: ['running'] }, CALLER, context)).toMatchObject({
    value: { plugins: [{ id: 'api' }, { id: 'web' }], errors: [] },
  });
  expect(
    await handlers['plugin.listCompact']({ names: ['db', 'x'], enabled: false }, CALLER, context),
  ).toMatchObject({
    value: {
      rows: [['db', 'stopped', false, 'process', null, null, 0, null, null, 'db']],
      errors: [{ name: 'x' }],
    },
  });
  expect(await handlers['plugin.show']({ plugin: 'x' }, CALLER, context)).toMatchObject({
    failure: { code: 'not_found' },
  });
  expect(await handlers['plugin.why']({ plugin: 'web' }, CALLER, context)).toMatchObject({
    value: { text: 'because' },
  });
  expect(await handlers['plugin.scan']({}, CALLER, context)).toEqual(success(scan));
});

test('logs are read for the plugins that are named, with negative runs resolved', async () => {
  const asked: unknown[] = [];
  const logReader = {
    read: async function* (_params: LogReadParams, targets: readonly object[]) {
      asked.push(targets);
      yield { lines: ['{}'], cursor: 'c' };
      return { linesLost: 2 };
    },
  };
  const runs = {
    newest: (plugin: string, count: number) =>
      plugin === 'web' ? [{ id: 9 }, { id: 4 }].slice(0, count) : [],
  };
  const read = makeLogHandlers({ logReader, runs, reader, ids: () => ['db', 'web'] })['log.read'];
  const { signal } = new AbortController();
  const run = async (params: LogReadParams): Promise<unknown> => {
    const stream = read(params, CALLER, signal);
    let next = await stream.next();
    while (next.done !== true) next = await stream.next();
    return next.value;
  };
  expect(await run({})).toEqual(success({ linesLost: 2 }));
  await run({ names: ['web'], run: -2 });
  await run({ run: -1 });
  await run({ run: 7, names: ['web'] });
  await run({ supervisor: true });
  expect(asked).toEqual([
    [{ plugin: 'db' }, { plugin: 'web' }],
    [{ plugin: 'web', run: 4 }],
    [{ plugin: 'web', run: 9 }],
    [{ plugin: 'web', run: 7 }],
    [],
  ]);
  expect(await run({ names: ['web'], run: -3 })).toMatchObject({
    failure: { code: 'not_found', name: 'web' },
  });
  expect(await run({ names: ['x'] })).toMatchObject({ failure: { code: 'not_found', name: 'x' } });
  expect(await run({ supervisor: true, names: ['web'] })).toMatchObject({ failure: { code: 'usage' } });
  expect(await run({ run: 0 })).toMatchObject({ failure: { code: 'usage' } });
  expect(await run({ cursor: 'nonsense' })).toMatchObject({ failure: { code: 'usage' } });
});

test('a store is for plugins that exist; its own failures get the codes of this protocol', async () => {
  const kv = {
    get: () => success({ value: 'v', version: 1 }),
    set: (_plugin: string, request: { readonly key: string }) =>
      request.key === ''
        ? failure({ code: 'invalid' as const, message: 'the key is empty' })
        : success({ version: 2 }),
    previewSet: () => success({ version: 3 }),
    delete: () => failure({ code: 'unavailable' as const, message: 'disk full' }),
    entries: () => success([]),
  };
  const handlers = makeKvHandlers({ kv, kvQuota: () => ({ maxKeys: 1, maxBytes: 1 }), ids: () => ['web'] });
  const context = { signal: new AbortController().signal, recordChange: () => undefined };
  expect(await handlers['kv.get']({ plugin: 'web', key: 'k' }, CALLER, context)).toEqual(
    success({ value: 'v', version: 1 }),
  );
  expect(await handlers['kv.get']({ plugin: 'x', key: 'k' }, CALLER, context)).toMatchObject({
    failure: { code: 'not_found' },
  });
  expect(await handlers['kv.set']({ plugin: 'web', key: '', value: '' }, CALLER, context)).toMatchObject({
    failure: { code: 'usage', name: 'web' },
  });
  expect(await handlers['kv.delete']({ plugin: 'web', key: 'k' }, CALLER, context)).toMatchObject({
    failure: { code: 'unavailable' },
  });
  expect(await handlers['kv.list']({ plugin: 'web' }, CALLER, context)).toEqual(success({ entries: [] }));
  const dry = { plugin: 'web', key: 'k', dryRun: true };
  expect(await handlers['kv.set']({ ...dry, value: 'v' }, CALLER, context)).toEqual(success({ version: 3 }));
  expect(await handlers['kv.delete'](dry, CALLER, context)).toEqual(success({ deleted: true }));
});

test('last lines are cut to the length that was asked for, and say how much was left out', async () => {
  const lastLines = ['0123456789', '012'].map((message) => ({ time: '', stream: 'stdout', message }));
  const handlers = makeCrashHandlers({
    crashes: {
      get: () => ({ id: 3, plugin: 'web', lastLines }) as never,
      nth: () => undefined,
      list: () => [],
    },
    runs: { get: () => undefined },
    reader,
    ids: () => ['web'],
  });
  const context = { signal: new AbortController().signal, recordChange: () => undefined };
  const shown = await handlers['crash.show']({ id: 3, maxMessage: 4 }, CALLER, context);
  expect(shown.ok && shown.value.crash.lastLines).toEqual([
    { time: '', stream: 'stdout', message: '0123', leftOut: 6 },
    { time: '', stream: 'stdout', message: '012' },
  ]);
  const whole = await handlers['crash.show']({ id: 3 }, CALLER, context);
  expect(whole.ok && whole.value.crash.lastLines).toEqual(lastLines);
});

test('a crash is found by its id or by how many ago it was, of a plugin or of all', async () => {
  const crash = (id: number, plugin: string) => ({ id, plugin }) as never;
  const crashes = {
    get: (id: number) => (id === 3 ? crash(3, 'web') : undefined),
    nth: (n: number, plugin?: string) => (n === 1 ? crash(8, plugin ?? 'db') : undefined),
    list: ({ plugins }: { readonly plugins?: readonly string[] }) =>
      plugins === undefined ? [crash(8, 'gone')] : [],
  };
  const handlers = makeCrashHandlers({
    crashes,
    runs: { get: () => undefined },
    reader,
    ids: () => ['db', 'web'],
  });
  const context = { signal: new AbortController().signal, recordChange: () => undefined };
  expect(await handlers['crash.show']({ id: 3 }, CALLER, context)).toMatchObject({
    value: { crash: { id: 3 } },
  });
  expect(await handlers['crash.show']({ id: 3, plugin: 'db' }, CALLER, context)).toMatchObject({
    failure: { code: 'not_found', name: 'db' },
  });
  expect(await handlers['crash.show']({ id: -1, plugin: 'web' }, CALLER, context)).toMatchObject({
    value: { crash: { id: 8, plugin: 'web' } },
  });
  expect(await handlers['crash.show']({ id: -2 }, CALLER, context)).toMatchObject({
    failure: { code: 'not_found' },
  });
  expect(await handlers['crash.show']({ id: 0 }, CALLER, context)).toMatchObject({
    failure: { code: 'usage' },
  });
  expect(await handlers['crash.list']({}, CALLER, context)).toMatchObject({
    value: { crashes: [{ id: 8 }] },
  });
  expect(await handlers['crash.list']({ names: ['web'] }, CALLER, context)).toMatchObject({
    value: { crashes: [] },
  });
});

test('a database that cannot be read is unavailable, in its own words', async () => {
  const broken = new Reader({ read: () => failure({ message: 'the state database is locked' }) });
  const handlers = makeCrashHandlers({
    crashes: {} as never,
    runs: {} as never,
    reader: broken,
    ids: () => [],
  });
  const context = { signal: new AbortController().signal, recordChange: () => undefined };
  expect(await handlers['crash.list']({}, CALLER, context)).toMatchObject({
    failure: { code: 'unavailable', message: 'the state database is locked' },
  });
});
