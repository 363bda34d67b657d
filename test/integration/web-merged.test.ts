/** Crashes and logs of several plugins at once, in front of a real torud. */

import { appendFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventSourceRig, type ServerEvent } from '../rig/event-source.ts';
import { writePlugin } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { type WebAnswer, type WebClient, WebRig } from '../rig/web-rig.ts';

const NEVER_AGAIN = '[restart]\npolicy = "never"\n';

/** Says what it is told through a pipe in its data folder. */
const TALKER = `#!/bin/sh
rm -f orders
mkfifo orders
echo ready
while :; do
  while read -r text; do echo "$text"; done <orders
done
`;

let stage: PluginStage;
let rig: WebRig;
let admin: WebClient;
let viewer: WebClient;

beforeAll(async () => {
  stage = await PluginStage.open({ 'exits-with': NEVER_AGAIN, segfaults: NEVER_AGAIN });
  for (const id of ['ann', 'bob']) await writePlugin(stage.paths, { id, script: TALKER });
  await stage.call('plugin.scan');
  rig = await WebRig.open(stage.paths.controlSocket);
  admin = await rig.signIn();
  viewer = await rig.signInAs(admin, 'view');
  for (const id of ['exits-with', 'segfaults', 'exits-with']) {
    await stage.act('start', id, { noBlock: true });
    await stage.untilState(id, 'failed');
  }
  for (const id of ['ann', 'bob']) {
    await stage.act('start', id);
    await stage.untilLine(id, 'ready');
  }
});

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

async function say(id: string, text: string): Promise<void> {
  await appendFile(`${stage.paths.dataFolder}/${id}/orders`, `${text}\n`);
}

async function headersFor(plugins: readonly string[]): Promise<Record<string, string>> {
  const { json } = await admin.post('/api/tokens', { name: 't', role: 'view', plugins });
  return { authorization: `Bearer ${json.token}` };
}

function linesOf({ json }: WebAnswer): readonly string[] {
  return (json.lines as readonly { plugin: string; message: string }[]).map(
    ({ plugin, message }) => `${plugin}: ${message}`,
  );
}

function messageOf({ event, data }: ServerEvent): string {
  return event === 'message' || event === ''
    ? String((JSON.parse(data) as { message?: string }).message)
    : '';
}

describe('crashes', () => {
  const of = async (query: string, headers = viewer.headers) => {
    const { json } = await rig.call('GET', `/api/crashes?${query}`, { headers });
    return (json.crashes as readonly { id: number; plugin: string }[]) ?? json;
  };

  test('of all plugins come newest first, and page by page', async () => {
    const all = await of('');
    expect(all.map(({ plugin }) => plugin)).toEqual(['exits-with', 'segfaults', 'exits-with']);
    expect(await of('limit=2')).toEqual(all.slice(0, 2));
    expect(await of(`beforeId=${all[1]?.id}`)).toEqual(all.slice(2));
    expect(await of('since=2999-01-01T00:00:00Z')).toEqual([]);
  });

  test('are chosen by plugin and by cause', async () => {
    expect((await of('plugin=segfaults')).map(({ plugin }) => plugin)).toEqual(['segfaults']);
    expect((await of('cause=exit')).map(({ plugin }) => plugin)).toEqual(['exits-with', 'exits-with']);
    expect(await of('cause=exit&limit=1')).toHaveLength(1);
    expect((await viewer.get('/api/crashes?cause=boredom')).status).toBe(400);
    expect((await viewer.get('/api/crashes?plugin=no-such')).status).toBe(404);
  });

  test('are for a token those of its plugins', async () => {
    expect((await of('', await headersFor(['seg*']))).map(({ plugin }) => plugin)).toEqual(['segfaults']);
    expect(await of('limit=1', await headersFor(['seg*']))).toHaveLength(1);
    expect(await of('', await headersFor(['none']))).toEqual([]);
  });
});

describe('logs', () => {
  test('of several plugins are merged by time', async () => {
    for (const [id, text] of [
      ['ann', 'first'],
      ['bob', 'second'],
      ['ann', 'third'],
    ] as const) {
      await say(id, text);
      await stage.untilLine(id, text);
    }
    const read = await viewer.get('/api/logs?plugins=ann,bob&lines=3');
    expect(linesOf(read)).toEqual(['ann: first', 'bob: second', 'ann: third']);
    await say('bob', 'fourth');
    await stage.untilLine('bob', 'fourth');
    const on = await viewer.get(
      `/api/logs?plugins=ann,bob&cursor=${encodeURIComponent(String(read.json.cursor))}`,
    );
    expect(linesOf(on)).toEqual(['bob: fourth']);
    expect(linesOf(await viewer.get('/api/logs'))).toEqual(
      expect.arrayContaining(['exits-with: about to exit with 3']),
    );
    expect(linesOf(await viewer.get('/api/logs?grep=^f'))).toEqual(['ann: first', 'bob: fourth']);
  });

  test('that are not there are 404, wrong ones 400, those of others for a token 403', async () => {
    expect((await viewer.get('/api/logs?plugins=ann,no-such')).status).toBe(404);
    for (const query of ['plugins=', 'plugins=a,,b', 'plugins=../x', 'lines=10001', 'grep=(', 'follow=yes'])
      expect([query, (await viewer.get(`/api/logs?${query}`)).status]).toEqual([query, 400]);
    const headers = await headersFor(['ann']);
    expect((await rig.call('GET', '/api/logs?plugins=ann,bob', { headers })).status).toBe(403);
    const own = await rig.call('GET', '/api/logs', { headers });
    expect(linesOf(own).every((line) => line.startsWith('ann: '))).toBe(true);
    const none = await rig.call('GET', '/api/logs', { headers: await headersFor(['none']) });
    expect(none.json).toEqual({ lines: [], cursor: null });
  });

  test('are followed, over the death of torud, and from where one was', async () => {
    const open = (headers: Readonly<Record<string, string>> = {}, more = '') =>
      EventSourceRig.open(rig.port, `/api/logs?plugins=ann,bob&follow=true&lines=1${more}`, {
        ...viewer.headers,
        ...headers,
      });
    await using events = await open();
    const first = await events.until((event) => messageOf(event) === 'fourth');
    expect(first.map(messageOf)).toEqual(['fourth']);
    await say('ann', 'fifth');
    const next = await events.until((event) => messageOf(event) === 'fifth');
    expect(next.map(messageOf)).toEqual(['fifth']);
    const last = next.at(-1);
    await stage.rig.killAndRestart();
    await say('bob', 'sixth');
    expect((await events.until((event) => messageOf(event) === 'sixth')).map(messageOf)).toEqual(['sixth']);
    await using again = await open({ 'last-event-id': last?.id ?? '' });
    const seen = await again.until((event) => messageOf(event) === 'sixth');
    expect(seen.map(messageOf)).toEqual(['sixth']);
    await using searching = await open({}, '&grep=seven');
    await say('ann', 'not this');
    await say('ann', 'seventh');
    const found = await searching.until((event) => messageOf(event) === 'seventh');
    expect(found.map(messageOf)).toEqual(['seventh']);
  });
});
