/** Scripts, tasks and quick actions in a browser. */

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axe, BROWSER_REASON, BrowserRig, type Tab } from '../rig/browser.ts';
import type { PluginStage } from '../rig/plugin-stage.ts';

const SCRIPTS = {
  'gated.sh':
    '# Waits at a gate\necho "before the gate $1"; while [ ! -e "$0.go" ]; do sleep 0.05; done\necho "behind it" >&2; exit 4',
  'sleeps.sh': 'trap "" TERM; echo asleep; while :; do sleep 0.1; done',
  'quick.sh': '# Is done at once\necho "quick $*"',
};

async function writeScripts({ paths: { scriptsFolder } }: PluginStage): Promise<void> {
  await mkdir(scriptsFolder, { recursive: true, mode: 0o755 });
  for (const [name, body] of Object.entries(SCRIPTS)) {
    await writeFile(join(scriptsFolder, name), `#!/bin/sh\n${body}\n`);
    await chmod(join(scriptsFolder, name), 0o755);
  }
}

describe.skipIf(BROWSER_REASON !== undefined)(`tasks in the console${BROWSER_REASON ?? ''}`, () => {
  let rig: BrowserRig;
  let tab: Tab;

  beforeAll(async () => {
    // Only the second press can end in time what does not listen.
    const config =
      '[tasks]\ngrace = "1h"\n[[schedule]]\nname = "nightly"\nscript = "quick.sh"\ncron = "15 3 * * *"\n';
    rig = await BrowserRig.open({ config, prepare: writeScripts });
    tab = await rig.signIn('/tasks');
  });

  afterAll(() => rig?.[Symbol.asyncDispose]());

  test('what is not there yet says what to do next', async () => {
    const { page } = tab;
    await page.getByText('No quick actions yet.').waitFor();
    await page.getByText('Nothing runs now, and nothing waits.').waitFor();
    await page.getByText('Nothing has run yet.').waitFor();
    expect(await axe(page)).toEqual([]);
  });

  test('a script is run with arguments, and its output is seen as it comes', async () => {
    const { page } = tab;
    await page.getByRole('tab', { name: 'Scripts' }).click();
    await page.getByText('Waits at a gate').waitFor();
    await page.getByRole('button', { name: 'Run gated.sh', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Arguments', { exact: true }).fill('"of iron"');
    await dialog.getByText("toru run gated.sh -- 'of iron'").waitFor();
    expect(await axe(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Run', exact: true }).click();
    await page.waitForURL('**/tasks/*');
    const output = page.getByRole('log', { name: 'Output of gated.sh' });
    await output.getByText('before the gate of iron').waitFor();
    await page.getByRole('heading', { name: 'gated.sh', level: 1 }).waitFor();
    await writeFile(join(rig.stage.paths.scriptsFolder, 'gated.sh.go'), '');
    const behind = output.locator('.log-warning', { hasText: 'behind it' });
    await behind.waitFor();
    expect(await behind.innerText()).toMatch(/\be\b/);
    await page.locator('.page-title').getByText('failed').waitFor();
    await page.locator('.fact', { hasText: 'End' }).getByText('exit 4').waitFor();
    expect(await axe(page)).toEqual([]);
  });

  test('its exit code stands in the history, which can be filtered', async () => {
    const { page } = tab;
    await page.getByRole('link', { name: 'All tasks' }).click();
    await page.getByRole('tab', { name: 'History' }).click();
    const history = page.getByRole('region', { name: 'Tasks that have run' });
    await history.getByRole('row', { name: /gated\.sh 'of iron' failed exit 4/ }).waitFor();
    await page.getByLabel('State', { exact: true }).selectOption('done');
    await page.getByText('No task is like that.').waitFor();
    await page.getByLabel('State', { exact: true }).selectOption('failed or lost');
    await history.getByRole('row', { name: /exit 4/ }).waitFor();
    await page.getByText('toru tasks --state failed --state lost').waitFor();
    await page.getByLabel('State', { exact: true }).selectOption('all');
  });

  test('a task that began elsewhere is seen to run, is cancelled, and killed by the second press', async () => {
    const { page } = tab;
    const { task } = (await rig.stage.call('task.run', { script: 'sleeps.sh' })) as { task: { id: string } };
    const running = page.getByRole('region', { name: 'Running and queued tasks' });
    await running.getByRole('row', { name: /sleeps\.sh running/ }).waitFor();
    await running.getByRole('link', { name: 'sleeps.sh' }).click();
    await page.getByRole('log').getByText('asleep').waitFor();
    await page.getByRole('button', { name: 'Cancel sleeps.sh', exact: true }).click();
    await page.getByRole('button', { name: 'Kill sleeps.sh', exact: true }).click();
    await page.locator('.page-title').getByText('cancelled').waitFor();
    expect((await rig.stage.call('task.show', { id: task.id })).task).toMatchObject({ state: 'cancelled' });
    await page.getByRole('link', { name: 'All tasks' }).click();
    await page.getByText('Nothing runs now, and nothing waits.').waitFor();
  });

  test('an admin adds a quick action, which asks before it runs, moves it, and takes it away', async () => {
    const { page } = tab;
    for (const [name, question] of [
      ['first', ''],
      ['second', 'Really quick?'],
    ] as const) {
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name', { exact: true }).fill(name);
      await dialog.getByLabel('Script', { exact: true }).selectOption('quick.sh');
      await dialog.getByLabel('Arguments', { exact: true }).fill(name);
      await dialog.getByLabel('Question', { exact: true }).fill(question);
      await dialog.getByRole('button', { name: 'Add', exact: true }).click();
      await dialog.waitFor({ state: 'detached' });
    }
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByRole('button', { name: 'Move second up', exact: true }).click();
    await page
      .getByRole('button', { name: 'Move second up', exact: true })
      .and(page.locator(':disabled'))
      .waitFor();
    expect(await axe(page)).toEqual([]);
    expect(await rig.stage.call('quickAction.list')).toMatchObject({
      actions: [{ name: 'second' }, { name: 'first' }],
    });
    await page.getByRole('button', { name: 'Remove first', exact: true }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('button', { name: 'Remove first', exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await page.getByRole('button', { name: 'second', exact: true }).click();
    const question = page.getByRole('alertdialog', { name: 'second' });
    await question.getByText('Really quick?').waitFor();
    await question.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('log').getByText('quick second').waitFor();
    await page.locator('.fact', { hasText: 'By' }).getByText('action second').waitFor();
  });

  test('schedules are told with their next moment', async () => {
    const { page } = tab;
    await page.goto('/tasks');
    await page.getByRole('tab', { name: 'Schedules' }).click();
    await page.getByRole('row', { name: /nightly .* never 0/ }).waitFor();
    expect(await axe(page)).toEqual([]);
  });

  test('who may only look is offered nothing to run', async () => {
    const body = { name: 'vera', password: 'the password of vera', role: 'view' };
    const csrf = await tab.page.evaluate('fetch("/api/session").then(a => a.json()).then(s => s.csrfToken)');
    const made = await tab.page.request.post('/api/users', {
      data: body,
      headers: { 'x-csrf-token': String(csrf) },
    });
    expect(made.status()).toBe(201);
    const { page } = await rig.signIn('/tasks', {}, { username: 'vera', password: body.password });
    await page.getByRole('button', { name: 'second', exact: true }).and(page.locator(':disabled')).waitFor();
    await page.getByRole('tab', { name: 'Scripts' }).click();
    await page.getByText('Is done at once').waitFor();
    expect(await page.getByRole('button', { name: /^(Run|Add|Edit)/ }).count()).toBe(0);
    await page.context().close();
  });

  test('on a phone nothing hangs over the edge', async () => {
    const { page } = await rig.signIn('/tasks', { width: 390, height: 844 });
    await page.getByRole('row', { name: /gated\.sh/ }).waitFor();
    for (const name of ['History', 'Scripts', 'Schedules']) {
      await page.getByRole('tab', { name }).click();
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });

  test('the browser had nothing to complain about', () => {
    expect(tab.complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });
});
