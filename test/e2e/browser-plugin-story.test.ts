/** One plugin's story in a browser, from the sign-in to the crash of another one. */

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axe, BROWSER_REASON, BrowserRig, type Page, type Tab } from '../rig/browser.ts';
import { CHECKOUT } from '../rig/programs.ts';

describe.skipIf(BROWSER_REASON !== undefined)(`a plugin with a page${BROWSER_REASON ?? ''}`, () => {
  let rig: BrowserRig;
  let tab: Tab;

  beforeAll(async () => {
    rig = await BrowserRig.open({
      plugins: { 'exits-with': '' },
      prepare: ({ paths }) =>
        cp(join(CHECKOUT, 'dist/plugins/hello'), join(paths.pluginFolder, 'hello'), { recursive: true }),
    });
    tab = await rig.signIn('/plugins/hello');
  });

  afterAll(() => rig?.[Symbol.asyncDispose]());

  const inSidebar = (page: Page) => page.getByRole('complementary').getByRole('link', { name: 'Hello' });
  const clicks = (page: Page) => page.getByLabel('Clicks');

  test('it is enabled by its switch, and stands in the sidebar then, on every open page', async () => {
    const { page } = tab;
    const other = await rig.newTab(page.context());
    await other.page.goto('/plugins');
    await other.page.getByRole('heading', { name: 'Plugins', level: 1 }).waitFor();
    await inSidebar(other.page).waitFor({ state: 'detached' });
    await page.getByRole('switch', { name: 'hello enabled' }).click();
    await page.getByText('hello is enabled.').waitFor();
    await Promise.all([inSidebar(page).waitFor(), inSidebar(other.page).waitFor()]);
    expect(await rig.stage.status('hello')).toMatchObject({ enabled: true, state: 'running' });
    await other.page.close();
  });

  test('its page counts clicks in its store, and greets who is signed in', async () => {
    const { page } = tab;
    await inSidebar(page).click();
    await page.waitForURL('**/plugins/hello/view');
    await page.getByText('Hello, admin.').waitFor();
    await page.getByLabel('Whom to greet').fill('Ada <b>&');
    await page.getByRole('button', { name: 'Greet' }).click();
    await page.getByText('Hello, Ada <b>&.').waitFor();
    for (const count of ['1', '2', '3']) {
      await page.getByRole('button', { name: 'Count one more' }).click();
      await clicks(page).getByText(count, { exact: true }).waitFor();
    }
    expect(await axe(page)).toEqual([]);
  });

  test('the count is still there after everything was stopped and started anew', async () => {
    const { page } = tab;
    await rig.keepPort();
    await rig.stage.rig.stop();
    await rig.stage.rig.start();
    await rig.stage.untilState('hello', 'running');
    await rig.stage.untilState('web', 'running');
    // The session is kept as well.
    await page.goto('/plugins/hello/view');
    await clicks(page).getByText('3', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Count one more' }).click();
    await clicks(page).getByText('4', { exact: true }).waitFor();
    expect(await rig.stage.call('kv.get', { plugin: 'hello', key: 'clicks' })).toMatchObject({ value: '4' });
  });

  test('whoever may only look sees the page and cannot count', async () => {
    const { page } = tab;
    const made = await page.evaluate(async () => {
      const session = (await (await fetch('/api/session')).json()) as { csrfToken: string };
      const answer = await fetch('/api/users', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-csrf-token': session.csrfToken },
        body: JSON.stringify({ name: 'vera', password: 'the password of vera', role: 'view' }),
      });
      return answer.status;
    });
    expect(made).toBe(201);
    const viewer = { username: 'vera', password: 'the password of vera' };
    const { page: hers } = await rig.signIn(`/plugins/hello/view`, {}, viewer);
    await clicks(hers).getByText('4', { exact: true }).waitFor();
    await hers.getByRole('button', { name: 'Count one more' }).click();
    await hers.getByText('Your role may look, not count.').waitFor();
    expect(await clicks(hers).textContent()).toBe('4');
    await hers.goto(`/plugins/hello/data`);
    await hers.getByText('The store is for admins.').waitFor();
    expect(await hers.getByRole('switch').count()).toBe(0);
    await hers.goto(`/plugins/hello/settings`);
    await hers.getByText('admins alone see them').waitFor();
    expect(await axe(hers)).toEqual([]);
    await hers.context().close();
  });

  test('a crash of another plugin is seen as it happens', async () => {
    const { page } = tab;
    await page.goto(`/plugins/exits-with/crashes`);
    await page.getByText('It has not crashed.').waitFor();
    await rig.stage.act('start', 'exits-with', { noBlock: true });
    await page.getByRole('cell', { name: 'exit 3' }).first().waitFor();
    await page.getByRole('link', { name: '1', exact: true }).click();
    await page.waitForURL('**/plugins/exits-with/crashes/1');
    await page.getByRole('heading', { name: 'Crash 1' }).waitFor();
    await page.getByText('it ended with exit code 3').waitFor();
    await page.getByLabel('Last lines before crash 1').getByText('about to exit with 3').waitFor();
  });

  test('disabled, after a question, it is gone from the sidebar and its route', async () => {
    const { page } = tab;
    const status = (path: string) => page.evaluate(async (asked) => (await fetch(asked)).status, path);
    await page.goto(`/plugins/hello`);
    expect(await status('/p/hello')).toBe(200);
    await page.getByRole('switch', { name: 'hello enabled' }).click();
    const question = page.getByRole('alertdialog', { name: 'Disable hello?' });
    await question.getByText('toru disable hello').waitFor();
    await question.getByRole('button', { name: 'Disable', exact: true }).click();
    await inSidebar(page).waitFor({ state: 'detached' });
    expect(await Promise.all(['/p/hello', '/api/plugins/hello/bundle.js'].map(status))).toEqual([404, 404]);
    await page.goto(`/plugins/hello/view`);
    await page.getByText('Hello is disabled, and its page with it.').waitFor();
    expect(await axe(page)).toEqual([]);
  });
});
