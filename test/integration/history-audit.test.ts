/** The audit with a real torud: every change stands in it, and `toru events` reads and follows it. */

import { expect, it } from 'vitest';
import type { AuditEvent } from '../../src/protocol/control/audit.ts';
import type { PluginEvent } from '../../src/protocol/control/events.ts';
import { followToru, runToru, runToruJson } from '../rig/cli-rig.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

type Found = AuditEvent | PluginEvent;

async function events(stage: PluginStage, ...args: readonly string[]): Promise<readonly Found[]> {
  const found = (await runToruJson(stage.folder, ['events', ...args])) as {
    readonly events: readonly Found[];
  };
  return found.events;
}

it('says who asked for what and what came of it, for one plugin, for all, and for what failed', async () => {
  await using stage = await PluginStage.open({ sleeper: '', 'sleeper/other': '' });
  const { folder } = stage;
  for (const words of [
    ['start', 'sleeper'],
    ['start', 'sleeper'],
    ['stop', 'sleeper', 'nosuch'],
    ['kill', '-s', 'HUP', 'other'],
    ['kv', 'set', 'other', 'greeting', 'a secret value'],
    ['enable', '--no-start', 'other'],
    ['stop', '--all'],
    ['start', 'other', '--dry-run'],
    ['list'],
    ['daemon', 'reload'],
  ])
    await runToru(folder, words);
  const audit = await events(stage, '--type', 'audit');
  const said = audit.map((one) => one.reason.replace(/^.* ran /, ''));
  expect(said).toEqual([
    'start sleeper: changed',
    'start sleeper: already so',
    'stop sleeper nosuch: 1 changed, nosuch: not found',
    'kill -s SIGHUP other: not running',
    'kv set other greeting: done',
    'enable --no-start other: changed',
    expect.stringMatching(/^stop --all: /),
    'daemon reload: nothing changed',
  ]);
  expect(audit[0]).toMatchObject({
    id: 1,
    at: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
    plugin: 'sleeper',
    type: 'audit',
    actor: { kind: 'user', uid: process.getuid?.(), pid: expect.any(Number) },
    details: {
      method: 'plugin.start',
      params: { names: ['sleeper'] },
      result: [{ plugin: 'sleeper', changed: true }],
    },
  });
  expect(JSON.stringify(audit)).not.toContain('a secret value');
  const other = (await events(stage, '--type', 'audit', 'other')).map((one) => one.id);
  expect(other).toEqual([4, 5, 6, 7]);
  expect((await events(stage, '--type', 'audit', '-n', '2')).map((one) => one.id)).toEqual([7, 8]);
  const plain = await runToru(folder, ['events', '--type', 'audit', 'sleeper', '--plain', '--no-legend']);
  expect(plain.stdout.split('\n')[0]?.split('\t')).toEqual([
    '1',
    audit[0]?.at,
    'sleeper',
    'audit',
    expect.any(String),
    audit[0]?.reason,
  ]);
});

it('comes merged by time with lifecycle events, and without being asked for it does not come', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  await stage.act('stop', 'sleeper');
  const mixed = await events(stage, '--type', 'audit,stopped', 'sleeper');
  expect(mixed.map((one) => one.type).sort()).toEqual(['audit', 'audit', 'stopped']);
  expect(mixed.map((one) => one.at)).toEqual(mixed.map((one) => one.at).toSorted());
  expect((await events(stage)).filter((one) => one.type === 'audit')).toEqual([]);
  expect(await events(stage, '--type', 'audit,stopped', '-n', '1')).toEqual(mixed.slice(-1));
});

it('is followed over the death of torud, with every entry once', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await using follow = followToru(stage.folder, ['events', '--type', 'audit,started', '-f', '--json']);
  const seen: Found[] = [];
  const until = async (isLast: (one: Found) => boolean): Promise<void> => {
    for (;;) {
      const one = JSON.parse(await follow.nextLine()) as Found;
      seen.push(one);
      if (isLast(one)) return;
    }
  };
  await stage.act('start', 'sleeper');
  await until((one) => one.type === 'started');
  if (!seen.some((one) => one.type === 'audit')) await until((one) => one.type === 'audit');
  await stage.rig.kill();
  await stage.rig.start();
  await stage.act('restart', 'sleeper');
  await until((one) => one.type === 'started' && one.id !== seen[0]?.id && seen.length > 2);
  if (seen.filter((one) => one.type === 'audit').length < 2) await until((one) => one.type === 'audit');
  const keys = seen.map((one) => `${one.type} ${one.id}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.filter((key) => key.startsWith('audit'))).toEqual(['audit 1', 'audit 2']);
});

it('a signal to torud stands in it as well, also the one that ends it', async () => {
  await using stage = await PluginStage.open({});
  process.kill(stage.rig.pid, 'SIGHUP');
  for await (const item of stage.items('audit.read', { follow: true })) {
    if ((item.entries as readonly AuditEvent[]).length > 0) break;
  }
  await stage.rig.end('SIGTERM');
  await stage.rig.start();
  expect((await events(stage, '--type', 'audit')).map((one) => one.reason)).toEqual([
    'somebody sent SIGHUP to torud: daemon reload',
    'somebody sent SIGTERM to torud: daemon stop',
  ]);
});

it('a wrong type and an unknown plugin are one clear line each', async () => {
  await using stage = await PluginStage.open({});
  expect(await runToru(stage.folder, ['events', '--type', 'audits'])).toMatchObject({
    code: 2,
    stderr: 'toru: events: --type: unknown "audits"; did you mean "audit"?\n',
  });
  expect(await runToru(stage.folder, ['events', '--type', 'audit', 'nosuch'])).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/^toru: events nosuch: there is no such plugin/),
  });
});
