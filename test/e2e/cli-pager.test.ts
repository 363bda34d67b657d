/** What a terminal shows: long output in a pager, live lines, and neither where they would be in the way. */

import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { type DaemonRig, startDaemon } from '../rig/daemon-rig.ts';
import { SILENT_SCRIPT, writePlugin } from '../rig/plugin-fixture.ts';
import { TORU } from '../rig/programs.ts';
import { runOnTerminal, type TerminalOptions } from '../rig/terminal.ts';

let rig: DaemonRig;
let marking: string;
const toru = (...args: readonly string[]) => runToru(rig.folder, args);
const terminal = (line: string, options: TerminalOptions = {}) =>
  runOnTerminal(rig.folder, `${TORU} ${line}`, options);

beforeAll(async () => {
  rig = await startDaemon();
  await writePlugin(rig.paths, { id: 'web', script: SILENT_SCRIPT, metadata: { start: { seconds: 0 } } });
  await writePlugin(rig.paths, {
    id: 'stubborn',
    script: `#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.1; done\n`,
    metadata: { start: { seconds: 0.3 }, stop: { grace: '2s' } },
  });
  await toru('scan');
  marking = join(rig.folder, 'marking-pager');
  await writeFile(marking, '#!/bin/sh\necho "pager with $LESS"\ncat\necho "pager ended"\n');
  await chmod(marking, 0o755);
});

afterAll(() => rig[Symbol.asyncDispose]());

test('output that is longer than the screen goes through TORU_PAGER, before PAGER, and keeps the exit code', async () => {
  const env = { TORU_PAGER: marking, PAGER: 'false' };
  const { code, shown } = await terminal('show web', { env });
  expect(code).toBe(3);
  expect(shown).toMatch(/^pager with FRSXMK\nid=web\n[\s\S]*\npager ended\n$/);
  expect((await terminal('help', { env: { PAGER: marking } })).shown).toMatch(/^pager with /);
  expect((await terminal('logs --supervisor', { env, columns: 40, rows: 4 })).shown).toMatch(/^pager with /);
});

test('LESS stays as it is when it is set', async () => {
  const { shown } = await terminal('show web', { env: { TORU_PAGER: marking, LESS: 'R' } });
  expect(shown).toMatch(/^pager with R\n/);
});

test.each([
  ['show web', { TORU_PAGER: '' }],
  ['show web', { TORU_PAGER: 'cat' }],
  ['--no-pager show web', {}],
  ['show web', { TERM: 'dumb' }],
  ['show web', { TORU_PAGER: '/nonexistent/pager -R' }],
  ['show web | cat', {}],
])('without a pager: %s with %j', async (line, env) => {
  const { shown } = await terminal(line, { env: { TORU_PAGER: marking, ...env } });
  expect(shown).toMatch(/^id=web\nname=web\n/);
  expect(shown).not.toContain('pager');
});

test('output that fits on the screen, and a table of an action, go to the terminal as they are', async () => {
  const env = { TORU_PAGER: marking };
  expect((await terminal('show web', { env, rows: 500 })).shown).toMatch(/^id=web\n/);
  expect((await terminal('list', { env })).shown).not.toContain('pager');
});

test('a pager that is left early changes neither the exit code nor is it an error', async () => {
  const env = { TORU_PAGER: 'head -1' };
  expect(await terminal('show web', { env })).toEqual({ code: 3, shown: 'id=web\n' });
  const logs = await terminal('logs --supervisor', { env, columns: 40, rows: 4 });
  expect([logs.code, logs.shown.split('\n').length]).toEqual([0, 2]);
});

test('a shell line that names no program falls back to the plain output', async () => {
  const { shown, code } = await terminal('show web', { env: { TORU_PAGER: 'nonexistent-pager "$HOME"' } });
  expect([code, shown]).toEqual([3, expect.stringContaining('\nid=web\nname=web\n')]);
});

test('less itself shows the first screen, and q leaves it with the exit code of the verb', async () => {
  const press = { keys: 'q', after: 'name=web' };
  const { code, shown } = await terminal('show web', { env: { TORU_PAGER: 'less' }, press });
  expect([code, shown.includes('id=web'), shown.includes('shimPid=')]).toEqual([3, true, false]);
});

test('a stop that takes its time shows how long it may, on a terminal alone, and wipes the line', async () => {
  await toru('start', 'stubborn');
  const { code, shown } = await terminal('stop stubborn');
  expect(code).toBe(0);
  expect(shown).toContain('stopping stubborn: 1 s of 2 s, then KILL');
  expect(shown.endsWith('\r\x1b[K')).toBe(true);
  await toru('start', 'stubborn');
  expect(await toru('stop', 'stubborn')).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

test('Ctrl-C wipes the line and leaves the stop going on', async () => {
  await toru('start', 'stubborn');
  const press = { keys: '\x03', after: 'stopping stubborn' };
  const { code, shown } = await terminal('stop stubborn', { press });
  expect([code, shown.endsWith('\r\x1b[K')]).toEqual([130, true]);
  expect((await toru('wait', 'stubborn', '--for', 'stopped', '--timeout', '20s')).code).toBe(0);
});

test.each(['-q', '--json'])('with %s there is no live line', async (option) => {
  await toru('start', 'stubborn');
  expect((await terminal(`stop stubborn ${option}`)).shown).not.toContain('stopping');
});
