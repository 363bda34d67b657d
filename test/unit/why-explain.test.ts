/** What `toru why` says: the whole paragraph for every state and what may stand beside it. */

import { describe, expect, test } from 'vitest';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';
import { PLUGIN_STATES } from '../../src/protocol/plugin-state.ts';
import {
  among,
  at,
  BACKOFF,
  CRASH,
  FAILED,
  GOOD,
  needs,
  OPS,
  RAN,
  type Rest,
  RULES,
  STOPPED,
  streak,
  text,
} from './why-scene.ts';

const LAST_WORDS = 'Its last words: "fatal: no backend, exiting".';
const UNCHANGED =
  'Neither its files nor its settings have changed since its last good run (2026-11-01 16:20 to 2026-11-08 13:50).';
const SEE = 'See "toru crashes show 47".';

const TABLE: readonly (readonly [title: string, status: Partial<PluginStatus>, more: Rest, text: string])[] =
  [
    [
      'running, never crashed',
      {},
      {},
      `web is running since 12 minutes (2026-11-08 16:08): ${RAN('start')}. It has never crashed.`,
    ],
    [
      'running for days, not enabled',
      {
        since: at(16, 20, 0, 1),
        reason: 'started with the machine',
        actor: { kind: 'boot' },
        enabled: false,
      },
      {},
      'web is running since 7 days (2026-11-01 16:20): started with the machine. It has never crashed. It is not enabled: it does not start with the machine.',
    ],
    [
      'running, crashed before this stretch',
      { lastCrash: { ...CRASH, at: at(15, 0) } },
      {},
      `web is running since 12 minutes (2026-11-08 16:08): ${RAN('start')}. It has not crashed since; the last crash was at 15:00, 80 minutes ago (exit code 7; "toru crashes show 47").`,
    ],
    [
      'running after restarts',
      {
        lastCrash: CRASH,
        restarts: 2,
        since: at(16, 19, 59),
        reason: 'restart 2: it ended with exit code 7',
        actor: { kind: 'daemon' },
      },
      { crash: CRASH, streak: streak(2) },
      'web is running since 1 s (2026-11-08 16:19): restart 2: it ended with exit code 7. It was restarted twice after crashes, the last at 16:19, 2 s ago (exit code 7 after 2.1 s; "toru crashes show 47"). When it has been up for 60 s, torud forgets these restarts.',
    ],
    [
      'running, unhealthy, to be restarted',
      { health: 'unhealthy', healthDetail: 'pool exhausted' },
      { unhealthySince: at(16, 10), badAnswers: 3, rules: { ...RULES, restartAfter: 5 } },
      `web is running, but unhealthy since 16:10: its health check says "pool exhausted" (3 times in a row). By its settings it is restarted after 5. It is up since 12 minutes (2026-11-08 16:08): ${RAN('start')}. It has never crashed.`,
    ],
    [
      'running, unhealthy, and nothing follows of that',
      { health: 'unhealthy' },
      {},
      `web is running, but unhealthy: its health check says "no detail". By its settings that does not restart it; "toru restart web" does. It is up since 12 minutes (2026-11-08 16:08): ${RAN('start')}. It has never crashed.`,
    ],
    [
      'running, taken over after torud was killed, with problems',
      { problems: ['changed on disk: "toru restart" takes the new ones', 'log capture lost'], linesLost: 12 },
      {
        adoptedAt: at(13, 40, 3),
        torudEnd: 'torud itself (pid 811) was killed or crashed after 13:40:02, and was back at 13:40:03',
      },
      `web is running since 12 minutes (2026-11-08 16:08): ${RAN('start')}. It has never crashed. torud itself (pid 811) was killed or crashed after 13:40:02, and was back at 13:40:03; web kept running and was taken over. Changed on disk: "toru restart" takes the new ones. Log capture lost. 12 lines of its log were lost ("toru logs web" shows where).`,
    ],
    [
      'running, waited for by one that is not ready for another reason',
      { neededBy: ['api', 'gateway'] },
      among(
        { id: 'gateway', state: 'waiting', dependencies: [needs('db')] },
        { id: 'api', state: 'running' },
      ),
      `web is running since 12 minutes (2026-11-08 16:08): ${RAN('start')}. It has never crashed.`,
    ],
    [
      'starting, with init to be answered',
      { state: 'starting', since: at(16, 19, 57) },
      {},
      `web is starting since 3 s (2026-11-08 16:19): ${RAN('start')}. It is not ready yet: it has not answered "init". If it does not by 16:20:27, that is a crash.`,
    ],
    [
      'starting, a plain program',
      { state: 'starting', since: at(16, 20) },
      { rules: { ...RULES, aliveMs: 1000 } },
      `web is starting since less than a second (2026-11-08 16:20): ${RAN('start')}. It is not ready yet: it counts as ready when it has been alive for 1 s.`,
    ],
    [
      'starting again after a crash',
      {
        state: 'starting',
        since: at(16, 20),
        restarts: 3,
        reason: 'restart 3: it ended with exit code 7',
        actor: { kind: 'daemon' },
      },
      { crash: CRASH, lastGood: GOOD, rules: undefined },
      `web is starting since less than a second (2026-11-08 16:20): restart 3: it ended with exit code 7. It is not ready yet. ${LAST_WORDS} ${UNCHANGED}`,
    ],
    [
      'stopping',
      { state: 'stopping', since: at(16, 19, 57), reason: RAN('stop') },
      { goal: 'stop' },
      `web is stopping since 3 s (2026-11-08 16:19): ${RAN('stop')}. It has 10 s to end, until 16:20:07; what is left of it then is killed.`,
    ],
    [
      'stopping, to be started again',
      { state: 'stopping', since: at(16, 19, 57), reason: RAN('restart') },
      { goal: 'restart', rules: undefined },
      `web is stopping since 3 s (2026-11-08 16:19): ${RAN('restart')}. Then it is started again.`,
    ],
    [
      'stopping, because torud ends it',
      {
        state: 'stopping',
        since: at(16, 19, 57),
        reason: 'it was not ready within 30000 ms',
        actor: { kind: 'daemon' },
      },
      { goal: 'crash', rules: undefined },
      'web is stopping since 3 s (2026-11-08 16:19): it was not ready within 30000 ms. That counts as a crash; its restart policy decides what follows.',
    ],
    [
      'stopped by somebody, enabled, with one that waits',
      { ...STOPPED, neededBy: ['nightly-report'] },
      {
        enabling: { actor: OPS, at: at(12, 0, 0, 2) },
        ...among({
          id: 'nightly-report',
          state: 'waiting',
          dependencies: [needs('web', { state: 'stopped' })],
        }),
      },
      `web is stopped: ${RAN('stop')} at 14:20, 2 hours ago. It is enabled (by ops (uid 1000, pid 4242) on 2026-11-02 at 12:00), so it starts again when the machine boots, or with "toru start web". nightly-report waits for it.`,
    ],
    [
      'stopped days ago, disabled, by force',
      {
        ...STOPPED,
        enabled: false,
        since: at(12, 4, 0, 2),
        reason: RAN('disable'),
        lastExit: { runId: 9, at: at(12, 4, 0, 2), code: null, signal: 'SIGKILL' },
      },
      { enabling: { actor: OPS, at: at(12, 4, 0, 2) } },
      `web is stopped: ${RAN('disable')} on 2026-11-02 at 12:04, 6 days ago. It did not end when it was asked to, so it was killed. It is not enabled (disabled by ops (uid 1000, pid 4242) on 2026-11-02 at 12:04); "toru start web" starts it now, "toru enable web" now and with the machine.`,
    ],
    [
      'stopped, with an exit code of its own',
      { ...STOPPED, lastExit: { runId: 9, at: at(14, 20), code: 3, signal: null } },
      {},
      `web is stopped: ${RAN('stop')} at 14:20, 2 hours ago. It ended with exit code 3. It is enabled, so it starts again when the machine boots, or with "toru start web".`,
    ],
    [
      'stopped, and what it needs cannot be had',
      { ...STOPPED, enabled: false, problems: ['needs db ^3, which is 1.4.0'] },
      { startProblem: 'it needs db ^3, which is 1.4.0; install a version of db that fits' },
      `web is stopped: ${RAN('stop')} at 14:20, 2 hours ago. It is not enabled. "toru start web" is refused now: it needs db ^3, which is 1.4.0; install a version of db that fits.`,
    ],
    [
      'never started',
      {
        state: 'stopped',
        pid: null,
        enabled: false,
        wanted: 'down',
        actor: null,
        reason: 'it has not been started yet',
      },
      {},
      'web is stopped: it has not been started yet. It is not enabled; "toru start web" starts it now, "toru enable web" now and with the machine.',
    ],
    [
      'never started, but enabled without being started',
      { state: 'stopped', pid: null, wanted: 'down', actor: null, reason: 'it has not been started yet' },
      { isDueAtNextStart: true, enabling: { actor: OPS, at: at(16, 0) } },
      'web is stopped: it has not been started yet. It is enabled (by ops (uid 1000, pid 4242) at 16:00), so it starts when torud or the machine starts next, or now with "toru start web".',
    ],
    [
      'stopped in what the clock says is the future',
      { ...STOPPED, since: at(17, 0) },
      {},
      `web is stopped: ${RAN('stop')} at 17:00. It is enabled, so it starts again when the machine boots, or with "toru start web".`,
    ],
    [
      'exited by itself with 0',
      {
        state: 'exited',
        pid: null,
        since: at(14, 20),
        reason: 'it ended with exit code 0; that is no crash, so it is not restarted',
      },
      {},
      'web has exited: it ended with exit code 0; that is no crash, so it is not restarted. That was at 14:20, 2 hours ago. Start it again with "toru start web"; it is enabled, so it also starts when the machine boots.',
    ],
    [
      'backoff after the first crash ever',
      BACKOFF,
      { crash: { ...CRASH, lastGoodRunId: null }, streak: streak(1) },
      `web is in backoff: it ended with exit code 7 after 2.1 s. ${LAST_WORDS} It has had no good run yet. Next try in 5 s, at 16:20:05 (restart 1 of 10); after 9 more it is given up and disabled. ${SEE}`,
    ],
    [
      'backoff, the third alike, after a new version',
      { ...BACKOFF, restarts: 3, neededBy: ['gateway'] },
      {
        crash: { ...CRASH, versionBefore: '2.0.0', digestChanged: true },
        streak: streak(3),
        lastGood: GOOD,
        changedAt: at(13, 58),
        ...among({ id: 'gateway', state: 'waiting', dependencies: [needs('web')] }),
      },
      `web is in backoff: it ended with exit code 7 after 2.1 s, for the third time in 42 s. ${LAST_WORDS} This began right after version 2.1.0 replaced 2.0.0 at 13:58. Next try in 5 s, at 16:20:05 (restart 3 of 10); after 7 more it is given up and disabled. ${SEE} gateway waits for it.`,
    ],
    [
      'backoff, not alike, after other files and settings, without a limit, silent',
      { ...BACKOFF, restarts: 2 },
      {
        crash: {
          ...CRASH,
          lastLines: [],
          digestChanged: true,
          settingsChanged: [
            { key: 'settings.environment.DB_PASSWORD', before: 'hunter2', after: 'hunter3' },
            { key: 'settings.limits.nofile', before: 1, after: 2 },
          ],
        },
        streak: streak(2, { exitCode: null, signal: 'SIGSEGV', cause: 'signal' }),
        rules: { ...RULES, limit: null },
      },
      `web is in backoff: it ended with exit code 7 after 2.1 s; that is the second crash in 22 s, not all alike: SIGSEGV (once) and exit code 7 (once). It wrote nothing to its log. This began after its files changed (the version is still 2.1.0), and these settings changed: environment.DB_PASSWORD and limits.nofile. Next try in 5 s, at 16:20:05 (restart 2); it is tried for ever. ${SEE}`,
    ],
    [
      'backoff, the last try, which is due',
      { ...BACKOFF, restarts: 10, nextRestartAt: at(16, 19, 59) },
      { crash: CRASH, streak: streak(1), lastGood: GOOD },
      `web is in backoff: it ended with exit code 7 after 2.1 s. ${LAST_WORDS} ${UNCHANGED} Next try now (restart 10 of 10); if that fails too, it is given up and disabled. ${SEE}`,
    ],
    [
      'backoff while the database cannot be read',
      BACKOFF,
      {},
      `web is in backoff: it ended with exit code 7. Next try in 5 s, at 16:20:05 (restart 1 of 10); after 9 more it is given up and disabled. ${SEE}`,
    ],
    [
      'failed and given up',
      { ...FAILED, lastCrash: { ...CRASH, verdict: 'give-up', restart: 10 } },
      {
        crash: CRASH,
        streak: streak(11),
        lastGood: GOOD,
        enabling: { actor: { kind: 'daemon' }, at: at(14, 2) },
      },
      `web is failed: it crashed 11 times within 3 minutes (exit code 7 each time, after at most 2.1 s) and was given up and disabled at 14:02, 2 hours ago. ${LAST_WORDS} ${UNCHANGED} Nothing starts it until "toru start web"; it is not enabled, so the machine's start does not ("toru enable web"). ${SEE}`,
    ],
    [
      'failed and given up, and never enabled',
      { ...FAILED, reason: 'it ended with exit code 7; given up and disabled after 1 restart' },
      { crash: CRASH, streak: streak(1), lastGood: GOOD },
      `web is failed: it ended with exit code 7; given up after 1 restart, at 14:02, 2 hours ago. ${LAST_WORDS} ${UNCHANGED} Nothing starts it until "toru start web"; it is not enabled, so the machine's start does not ("toru enable web"). ${SEE}`,
    ],
    [
      'backoff after a first run that went well, killed by somebody, not enabled',
      { ...BACKOFF, enabled: false, reason: 'it was killed by SIGKILL' },
      {
        crash: { ...CRASH, uptimeMs: 360_000, lastGoodRunId: null, lastLines: [] },
        wasGood: true,
        killedBy: RAN('kill -s KILL'),
      },
      `web is in backoff: it was killed by SIGKILL after 6 minutes, after ${RAN('kill -s KILL')}. It wrote nothing to its log. It had run well for 6 minutes. Next try in 5 s, at 16:20:05 (restart 1 of 10); after 9 more it is given up. ${SEE}`,
    ],
    [
      'backoff after a run that went well and had a new version',
      BACKOFF,
      {
        crash: { ...CRASH, uptimeMs: 360_000, versionBefore: '2.0.0', digestChanged: true },
        wasGood: true,
        lastGood: GOOD,
        changedAt: at(13, 58),
      },
      `web is in backoff: it ended with exit code 7 after 6 minutes. ${LAST_WORDS} It had run well for 6 minutes. Before that run version 2.1.0 replaced 2.0.0 at 13:58. Next try in 5 s, at 16:20:05 (restart 1 of 10); after 9 more it is given up and disabled. ${SEE}`,
    ],
    [
      'failed with a policy that does not restart',
      { ...FAILED, enabled: true, reason: 'it ended with exit code 7; its restart policy is "never"' },
      { crash: CRASH, streak: streak(1), lastGood: GOOD },
      `web is failed: it ended with exit code 7; its restart policy is "never", at 14:02, 2 hours ago. ${LAST_WORDS} ${UNCHANGED} Nothing starts it until "toru start web"; it is enabled, so it also starts when the machine boots. ${SEE}`,
    ],
    [
      'invalid',
      {
        state: 'invalid',
        pid: null,
        reason: 'plugins/web/plugin.json line 4: "version" must be semver, not "1.x"',
      },
      { files: 'refused', rules: undefined },
      'web is invalid: plugins/web/plugin.json line 4: "version" must be semver, not "1.x". Fix it; torud looks again by itself and starts it then.',
    ],
    [
      'gone from the disk, but wanted',
      { state: 'invalid', pid: null, reason: 'its files are gone from the plugin folder' },
      { files: 'gone', rules: undefined },
      'web cannot run: its files are gone from the plugin folder. Put them back (torud looks by itself), or have torud forget it with "toru disable web".',
    ],
  ];

describe('the whole paragraph', () => {
  test.each(TABLE)('%s', (_title, status, more, expected) => {
    expect(text(status, more)).toBe(expected);
  });

  test('is there for every state; waiting has a table of its own', () => {
    const told = new Set<string>(['waiting', ...TABLE.map(([, { state }]) => state ?? 'running')]);
    expect([...told].sort()).toEqual([...PLUGIN_STATES].sort());
  });

  test('stays one line, whatever a plugin says of itself', () => {
    expect(text({ health: 'unhealthy', healthDetail: 'one\ntwo\r\n\tthree' })).toContain('"one two three"');
    const lines = [{ time: '', stream: 'stdout', message: 'x'.repeat(5_000) }];
    expect(text(BACKOFF, { crash: { ...CRASH, lastLines: lines } })).toContain(`"${'x'.repeat(200)}…"`);
  });
});
