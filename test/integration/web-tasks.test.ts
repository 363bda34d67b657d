/** Scripts, tasks, schedules and quick actions over the API, in front of a real torud. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OWN_STREAMS } from '../../plugins/web/api/follow/hub.ts';
import type { Task } from '../../src/protocol/control/tasks.ts';
import { EventSourceRig } from '../rig/event-source.ts';
import { TaskStage } from '../rig/task-stage.ts';
import { type WebClient, WebRig } from '../rig/web-rig.ts';

const SCHEDULE = '[[schedule]]\nname = "nightly"\nscript = "hello.sh"\ncron = "15 3 * * *"\n';

let stage: TaskStage;
let rig: WebRig;
let admin: WebClient;
let operator: WebClient;
let viewer: WebClient;

beforeAll(async () => {
  stage = await TaskStage.open(
    {
      'hello.sh': '# Says hello\nprintf "%s\\n" "$@" "$GREETING"',
      'both.sh': 'echo out; echo err >&2; exit 3',
      'sleeps.sh': 'echo begun; exec sleep 300',
      'gated.sh': 'echo before; while [ ! -e "$0.go" ]; do sleep 0.05; done; echo after',
      'bytes.sh': "printf 'a\\377b'",
    },
    SCHEDULE,
  );
  writeFileSync(join(stage.paths.scriptsFolder, 'loose.sh'), '#!/bin/sh\n', { mode: 0o644 });
  rig = await WebRig.open(stage.paths.controlSocket);
  admin = await rig.signIn();
  operator = await rig.signInAs(admin, 'operate');
  viewer = await rig.signInAs(admin, 'view');
});

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

function taskOf({ json }: { readonly json: Readonly<Record<string, unknown>> }): Task {
  return json.task as Task;
}

async function run(script: string, body: object = {}): Promise<Task> {
  const begun = await operator.post(`/api/scripts/${script}/run`, body);
  expect([begun.status, begun.headers.location]).toEqual([202, `/api/tasks/${taskOf(begun)?.id}`]);
  return taskOf(begun);
}

async function ended(task: Task): Promise<Task> {
  await stage.ended(task.id);
  return taskOf(await viewer.get(`/api/tasks/${task.id}`));
}

describe('scripts', () => {
  test('are listed with what they do, and why others are refused', async () => {
    const { json } = await viewer.get('/api/scripts');
    expect(json.folder).toBe(stage.paths.scriptsFolder);
    const scripts = json.scripts as readonly { name: string; description: string; refused: string | null }[];
    expect(scripts.find(({ name }) => name === 'hello.sh')).toMatchObject({
      description: 'Says hello',
      refused: null,
    });
    expect(scripts.find(({ name }) => name === 'loose.sh')?.refused).toEqual(expect.any(String));
  });

  test('are run with arguments, a name and a lock, and their end is told', async () => {
    const body = { args: ['one', 'two words', 'ü'], name: 'greeting', lock: 'hall', timeoutMs: 60_000 };
    const task = await ended(await run('hello.sh', body));
    expect(task).toMatchObject({
      script: 'hello.sh',
      args: body.args,
      state: 'done',
      exitCode: 0,
      name: 'greeting',
      lock: 'hall',
      timeoutMs: 60_000,
      origin: { kind: 'run' },
    });
    const { text, headers } = await viewer.get(`/api/tasks/${task.id}/output`);
    expect(text).toBe('one\ntwo words\nü\n\n');
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(headers['content-disposition']).toMatch(/^attachment; filename="hello\.sh-[0-9a-f]{12}\.txt"$/);
  });

  test('get more environment from admins alone', async () => {
    const body = { env: { GREETING: 'good day' } };
    const refused = await operator.post('/api/scripts/hello.sh/run', body);
    expect([refused.status, refused.json.code]).toEqual([403, 'denied']);
    const task = taskOf(await admin.post('/api/scripts/hello.sh/run', body));
    await ended(task);
    expect((await viewer.get(`/api/tasks/${task.id}/output`)).text).toContain('good day');
  });

  test('that are not there, are refused, or have a name with a way out, are not run', async () => {
    expect((await operator.post('/api/scripts/no-such.sh/run', {})).status).toBe(404);
    expect((await operator.post('/api/scripts/loose.sh/run', {})).status).toBe(422);
    for (const name of ['..%2Fhello.sh', '%2e%2e', 'a%00b']) {
      const { status } = await operator.post(`/api/scripts/${name}/run`, {});
      expect([name, [400, 404, 422].includes(status)]).toEqual([name, true]);
    }
  });

  test.each([
    [{ args: 'no list' }, 'args'],
    [{ args: ['a\0b'] }, 'args'],
    [{ env: { 'NO NAME': 'x' } }, 'env'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ lock: '' }, 'lock'],
  ])('%j is a wrong body, and says so', async (body, named) => {
    const answer = await admin.post('/api/scripts/hello.sh/run', body);
    expect([answer.status, answer.json.code]).toEqual([400, 'usage']);
    expect(answer.text).toContain(named);
  });

  test('a dry run runs nothing', async () => {
    const before = (await viewer.get('/api/tasks?limit=1')).text;
    const planned = await operator.post('/api/scripts/hello.sh/run', { dryRun: true });
    expect([planned.status, planned.json]).toEqual([200, { task: null }]);
    expect((await viewer.get('/api/tasks?limit=1')).text).toBe(before);
  });

  test('with noQueue one that would have to wait is busy', async () => {
    const first = await run('sleeps.sh', { lock: 'alone' });
    const second = await operator.post('/api/scripts/sleeps.sh/run', { lock: 'alone', noQueue: true });
    expect([second.status, second.json.code]).toEqual([429, 'busy']);
    await operator.post(`/api/tasks/${first.id}/cancel`, { force: true });
    await ended(first);
  });
});

describe('tasks', () => {
  test('are told newest first, filtered, and page by page', async () => {
    const tasks: Task[] = [];
    for (let count = 0; count < 3; count += 1) tasks.push(await ended(await run('both.sh')));
    const ids = tasks.map(({ id }) => id).toReversed();
    const list = async (query: string) => (await viewer.get(`/api/tasks?${query}`)).json;
    const first = await list('script=both.sh&limit=2');
    expect((first.tasks as readonly Task[]).map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(first.more).toBe(true);
    const rest = await list(`script=both.sh&before=${ids[1]}`);
    expect((rest.tasks as readonly Task[]).map(({ id }) => id)).toEqual(ids.slice(2));
    expect(rest.more).toBe(false);
    const failed = (await list('state=failed,lost')).tasks as readonly Task[];
    expect(failed.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(failed.every(({ state }) => state === 'failed')).toBe(true);
    expect(((await list('since=2999-01-01T00:00:00Z')).tasks as readonly Task[]).length).toBe(0);
    expect(tasks[0]).toMatchObject({ exitCode: 3, outputBytes: 8, outputCut: false });
  });

  test('wrong filters are refused', async () => {
    for (const query of [
      'state=asleep',
      'limit=1001',
      'limit=-1',
      'since=yesterday',
      'before=../x',
      'since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z',
    ])
      expect([query, (await viewer.get(`/api/tasks?${query}`)).status]).toEqual([query, 400]);
  });

  test('are found by the beginning of their id, and what is none is 404', async () => {
    const task = await ended(await run('both.sh'));
    expect(taskOf(await viewer.get(`/api/tasks/${task.id.slice(0, 30)}`)).id).toBe(task.id);
    for (const path of ['', '/output', '/output?follow=true'])
      expect((await viewer.get(`/api/tasks/00000000-dead${path}`)).status).toBe(404);
    expect((await operator.post('/api/tasks/00000000-dead/cancel', {})).status).toBe(404);
    expect((await viewer.get('/api/tasks/x')).status).toBe(400);
  });

  test('have both streams apart, from an offset on, or their end', async () => {
    const { id } = await ended(await run('both.sh'));
    const output = async (query: string) => (await viewer.get(`/api/tasks/${id}/output?${query}`)).text;
    expect(await output('stream=stdout')).toBe('out\n');
    expect(await output('stream=stderr')).toBe('err\n');
    expect((await output('stream=both')).split('\n').sort()).toEqual(['', 'err', 'out']);
    expect(await output('tail=3')).toHaveLength(3);
    expect(await output('from=5')).toHaveLength(3);
    expect((await viewer.get(`/api/tasks/${id}/output?stream=stdin`)).status).toBe(400);
  });

  test('what they write is followed until they have ended, and a client that comes back goes on', async () => {
    const task = await run('gated.sh');
    const open = (headers = {}) =>
      EventSourceRig.open(rig.port, `/api/tasks/${task.id}/output?follow=true`, {
        ...viewer.headers,
        ...headers,
      });
    await using first = await open();
    const [before] = (await first.until(({ event }) => event === 'stdout')).filter(
      ({ event }) => event === 'stdout',
    );
    expect(JSON.parse(before?.data ?? '{}')).toMatchObject({ text: 'before\n', next: 7 });
    writeFileSync(join(stage.paths.scriptsFolder, 'gated.sh.go'), '');
    await using again = await open({ 'last-event-id': before?.id ?? '' });
    for (const [reader, wanted] of [
      [first, 'after\n'],
      [again, 'after\n'],
    ] as const) {
      const seen = await reader.until(({ event }) => event === 'end');
      const texts = seen.filter(({ event }) => event === 'stdout').map(({ data }) => JSON.parse(data).text);
      expect(texts.join('')).toBe(wanted);
      expect(JSON.parse(seen.at(-1)?.data ?? '{}')).toMatchObject({ task: { id: task.id, state: 'done' } });
    }
  });

  test('are followed so often by one user, who is told to come back, and others have their places', async () => {
    const task = await run('sleeps.sh');
    const path = `/api/tasks/${task.id}/output?follow=true`;
    const open = await Promise.all(
      Array.from({ length: OWN_STREAMS.user }, () => EventSourceRig.open(rig.port, path, viewer.headers)),
    );
    const refused = await viewer.get(path);
    expect([refused.status, refused.json.code, refused.headers['retry-after']]).toEqual([429, 'busy', '2']);
    await using other = await EventSourceRig.open(rig.port, path, operator.headers);
    const [first, ...others] = open;
    await Promise.all(others.map((reader) => reader[Symbol.asyncDispose]()));
    await operator.post(`/api/tasks/${task.id}/cancel`, { force: true });
    await first?.until(({ event }) => event === 'end');
    await other.until(({ event }) => event === 'end');
    await expect.poll(async () => (await viewer.get(path.replace('?follow=true', ''))).status).toBe(200);
  });

  test('bytes that are no text are in the file as they were, and U+FFFD in the events', async () => {
    const { id } = await ended(await run('bytes.sh'));
    await using events = await EventSourceRig.open(
      rig.port,
      `/api/tasks/${id}/output?follow=true`,
      viewer.headers,
    );
    const seen = await events.until(({ event }) => event === 'end');
    const texts = seen.filter(({ event }) => event === 'stdout').map(({ data }) => JSON.parse(data).text);
    expect(texts.join('')).toBe('a\ufffdb');
    const { headers } = viewer;
    const file = await fetch(`http://127.0.0.1:${rig.port}/api/tasks/${id}/output`, { headers });
    expect(Buffer.from(await file.arrayBuffer())).toEqual(Buffer.from([0x61, 0xff, 0x62]));
  });

  test('are cancelled by those who may operate, once', async () => {
    const task = await run('sleeps.sh');
    expect((await viewer.post(`/api/tasks/${task.id}/cancel`, {})).status).toBe(403);
    const cancelled = await operator.post(`/api/tasks/${task.id}/cancel`, {});
    expect(cancelled.json).toMatchObject({ changed: true, task: { id: task.id } });
    expect((await ended(task)).state).toBe('cancelled');
    expect((await operator.post(`/api/tasks/${task.id}/cancel`, { force: true })).json.changed).toBe(false);
    const { text } = await admin.get('/api/audit');
    expect(text).toContain(`"action":"task.cancel","target":"${task.id}","result":"ok"`);
    expect(text).toContain('"action":"task.run","target":"sleeps.sh","result":"ok"');
  });
});

describe('quick actions', () => {
  test('are added, changed, moved, run and removed', async () => {
    const add = (body: object) => admin.post('/api/actions', body);
    const greet = { name: 'greet', script: 'hello.sh', args: ['hi'], title: 'Say hello', icon: '👋' };
    const added = await add(greet);
    expect([added.status, added.json]).toMatchObject([201, { action: { ...greet, position: 1 } }]);
    expect((await add(greet)).status).toBe(409);
    expect((await add({ name: 'both', script: 'both.sh', position: 1 })).status).toBe(201);
    const names = async () =>
      ((await viewer.get('/api/actions')).json.actions as readonly { name: string }[]).map(
        ({ name }) => name,
      );
    expect(await names()).toEqual(['both', 'greet']);
    const edited = await admin.call('PUT', '/api/actions/greet', {
      body: { position: 1, confirm: 'Really?', icon: null, rename: 'welcome' },
    });
    expect(edited.json).toMatchObject({ action: { name: 'welcome', confirm: 'Really?', icon: '' } });
    expect(await names()).toEqual(['welcome', 'both']);
    const begun = await operator.post('/api/actions/welcome/run');
    expect(begun.status).toBe(202);
    const task = await ended(taskOf(begun));
    expect(task).toMatchObject({ args: ['hi'], origin: { kind: 'action', action: 'welcome' } });
    for (const name of ['welcome', 'both'])
      expect((await admin.call('DELETE', `/api/actions/${name}`)).status).toBe(204);
    expect((await admin.call('DELETE', '/api/actions/both')).status).toBe(404);
    expect((await admin.call('PUT', '/api/actions/both', { body: { position: 1 } })).status).toBe(404);
    expect((await operator.post('/api/actions/both/run')).status).toBe(404);
  });

  test('a dry run adds nothing', async () => {
    const planned = await admin.post('/api/actions', { name: 'x', script: 'hello.sh', dryRun: true });
    expect([planned.status, planned.json]).toMatchObject([200, { changed: true }]);
    expect((await viewer.get('/api/actions')).json).toEqual({ actions: [] });
  });
});

test('schedules are told with their next moments', async () => {
  const { json } = await viewer.get('/api/schedules?count=3');
  expect(json.schedules).toMatchObject([
    { name: 'nightly', script: 'hello.sh', cron: '15 3 * * *', missed: 0 },
  ]);
  expect((json.schedules as readonly { next: readonly string[] }[])[0]?.next).toHaveLength(3);
  for (const count of ['0', '101'])
    expect((await viewer.get(`/api/schedules?count=${count}`)).status).toBe(400);
});

test('a token for one plugin is for nothing of that', async () => {
  const { json } = await admin.post('/api/tokens', { name: 't', role: 'operate', plugins: ['crm'] });
  const headers = { authorization: `Bearer ${json.token}` };
  for (const [method, path] of [
    ['GET', '/api/scripts'],
    ['POST', '/api/scripts/hello.sh/run'],
    ['GET', '/api/tasks'],
    ['GET', '/api/tasks/00000000-dead/output'],
    ['POST', '/api/tasks/00000000-dead/cancel'],
    ['GET', '/api/actions'],
    ['GET', '/api/schedules'],
  ] as const)
    expect([path, (await rig.call(method, path, { headers })).status]).toEqual([path, 403]);
});
