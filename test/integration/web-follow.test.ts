/** Logs and events as they come, in front of a real torud. */

import { appendFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventSourceRig, type ServerEvent } from '../rig/event-source.ts';
import { writePlugin } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { type WebClient, WebRig } from '../rig/web-rig.ts';

let stage: PluginStage;
let rig: WebRig;
let admin: WebClient;

/** Says what it is told through a pipe in its data folder, and writes any number of lines at once. */
const TALKER = `#!/bin/sh
rm -f orders
mkfifo orders
echo ready
while :; do
  while read -r word count; do
    if [ "$word" = many ]; then seq -f 'line %.0f' "$count"; else echo "$word $count"; fi
  done <orders
done
`;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '', 'writes-lines': '' });
  for (const id of ['talker', 'quiet']) {
    const script = TALKER;
    await writePlugin(stage.paths, { id, script });
  }
  rig = await WebRig.open(stage.paths.controlSocket);
  admin = await rig.signIn();
  await stage.call('plugin.scan');
  await stage.act('start', 'talker');
  await stage.untilLine('talker', 'ready');
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

async function order(text: string): Promise<void> {
  await appendFile(`${stage.paths.dataFolder}/talker/orders`, `${text}\n`);
}

function follow(path: string, headers: Readonly<Record<string, string>> = {}): Promise<EventSourceRig> {
  return EventSourceRig.open(rig.port, path, { ...admin.headers, ...headers });
}

function messageOf({ data }: ServerEvent): string {
  return (JSON.parse(data) as { message: string }).message;
}

function numbersOf(events: readonly ServerEvent[]): readonly number[] {
  return events.map(messageOf).flatMap((text) => (text.startsWith('line ') ? [Number(text.slice(5))] : []));
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_none, index) => index + 1);
}

test('a follower gets what was, then what comes, once each', async () => {
  await using source = await follow('/api/plugins/talker/logs?follow=true');
  const first = await source.until((event) => messageOf(event) === 'ready');
  expect(first.map(messageOf)).toEqual(['ready']);
  await order('hello there');
  await source.until((event) => messageOf(event) === 'hello there');
});

test('who comes back with the last id misses nothing', async () => {
  await using source = await follow('/api/plugins/talker/logs?follow=true&lines=1');
  await order('before it');
  const seen = await source.until((event) => messageOf(event) === 'before it');
  await source[Symbol.asyncDispose]();
  await order('while away');
  await stage.untilLine('talker', 'while away');
  const last = seen.at(-1)?.id ?? '';
  expect(last).not.toBe('');
  await using again = await follow('/api/plugins/talker/logs?follow=true', { 'last-event-id': last });
  const [next] = await again.until(() => true);
  expect(next && messageOf(next)).toBe('while away');
});

test('many followers get every line of a burst in order', async () => {
  const sources = await Promise.all(
    Array.from({ length: 20 }, () => follow('/api/plugins/talker/logs?follow=true&lines=0')),
  );
  await order('many 20000');
  const ends = await Promise.all(
    sources.map((source) => source.until((event) => messageOf(event) === 'line 20000')),
  );
  for (const seen of ends) expect(numbersOf(seen)).toEqual(upTo(20_000));
  for (const source of sources) await source[Symbol.asyncDispose]();
});

test('who stalls gets the rest later, without a gap', async () => {
  await using slow = await follow('/api/plugins/talker/logs?follow=true&lines=0');
  await using quick = await follow('/api/plugins/talker/logs?follow=true&lines=0');
  slow.stall();
  await order('many 30000');
  await quick.until((event) => messageOf(event) === 'line 30000');
  slow.resume();
  const seen = await slow.until((event) => messageOf(event) === 'line 30000');
  expect(numbersOf(seen)).toEqual(upTo(30_000));
});

test('a follow is filtered by level, pattern and time', async () => {
  await using source = await follow('/api/plugins/talker/logs?follow=true&lines=0&grep=^w[io]nd.$|final');
  await order('<3>a fault');
  for (const word of ['wind', 'wand', 'wond', 'final']) await order(word);
  const seen = await source.until((event) => messageOf(event).startsWith('final'));
  expect(seen.map((event) => messageOf(event).trim())).toEqual(['wind', 'wond', 'final']);
  const page = await admin.get('/api/plugins/talker/logs?level=err');
  expect((page.json.lines as { message: string }[]).map(({ message }) => message.trim())).toEqual([
    'a fault',
  ]);
  const since = await admin.get('/api/plugins/talker/logs?since=2999-01-01T00:00:00Z');
  expect(since.json.lines).toEqual([]);
});

test('a page is the newest lines, or goes on from a cursor', async () => {
  await stage.act('start', 'writes-lines');
  await stage.untilLine('writes-lines', '10');
  const page = await admin.get('/api/plugins/writes-lines/logs?lines=3');
  expect(page.json.lines).toHaveLength(3);
  const again = await admin.get(
    `/api/plugins/writes-lines/logs?cursor=${encodeURIComponent(String(page.json.cursor))}`,
  );
  expect(again.json.lines).toEqual([]);
  const grep = await admin.get('/api/plugins/writes-lines/logs?grep=1&lines=1');
  expect(grep.json.lines).toHaveLength(1);
  await stage.act('stop', 'writes-lines');
});

test('a pattern that would take for ever ends its own request alone', async () => {
  await order(`x${'a'.repeat(60)}`);
  await stage.untilLine('talker', 'aaaa');
  const answer = await admin.get(`/api/plugins/talker/logs?grep=${encodeURIComponent('(a+)+$z|(a|aa)+b')}`);
  expect([answer.status, answer.json.code]).toEqual([400, 'usage']);
  expect((await rig.call('GET', '/api/health')).status).toBe(200);
  expect((await admin.get('/api/plugins/talker/logs?grep=%5B')).status).toBe(400);
});

test('a follow goes on over the death of torud', async () => {
  await using source = await follow('/api/plugins/talker/logs?follow=true&lines=0');
  await stage.rig.killAndRestart();
  await order('after the death');
  const seen = await source.until((event) => messageOf(event) === 'after the death');
  expect(seen.map(messageOf)).toEqual(['after the death']);
});

test('events come as they happen, those of before first', async () => {
  await using source = await follow('/api/events?plugin=sleeper');
  await admin.post('/api/plugins/sleeper/start', {});
  const begun = await source.until(({ data }) => JSON.parse(data).type === 'ready');
  await admin.post('/api/plugins/sleeper/stop', {});
  await source.until(({ data }) => JSON.parse(data).type === 'stopped');
  await using again = await follow('/api/events?plugin=sleeper', { 'last-event-id': begun.at(-1)?.id ?? '' });
  await again.until(({ data }) => JSON.parse(data).type === 'stopped');
  const page = await admin.get('/api/events?follow=false&limit=1&plugin=sleeper');
  expect(page.json.events).toMatchObject([{ plugin: 'sleeper', type: 'stopped' }]);
});

test('a token for one plugin sees the events of that one alone', async () => {
  const { json } = await admin.post('/api/tokens', { name: 't', role: 'view', plugins: ['talker'] });
  const headers = { authorization: `Bearer ${json.token}` };
  await using source = await EventSourceRig.open(rig.port, '/api/events', headers);
  await admin.post('/api/plugins/sleeper/start', {});
  await admin.post('/api/plugins/talker/restart', {});
  const seen = await source.until(({ data }) => JSON.parse(data).type === 'ready');
  expect(new Set(seen.map(({ data }) => JSON.parse(data).plugin))).toEqual(new Set(['talker']));
});
