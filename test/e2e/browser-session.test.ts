/** Signing in and out in a real browser: what is said, where it leads, and what other tabs see of it. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  axe,
  BROWSER_REASON,
  BrowserRig,
  fillSignIn,
  type Page,
  type Tab,
  type Viewer,
} from '../rig/browser.ts';
import { ADMIN } from '../rig/web-rig.ts';

describe.skipIf(BROWSER_REASON !== undefined)(`signing in and out${BROWSER_REASON ?? ''}`, () => {
  let rig: BrowserRig;
  let tabs: Tab[] = [];

  const open = async (
    path: string,
    viewer: Viewer | Awaited<ReturnType<BrowserRig['newBrowser']>> = {},
  ): Promise<Page> => {
    const tab = await rig.newTab(viewer);
    tabs.push(tab);
    await tab.page.goto(path);
    return tab.page;
  };
  const list = (page: Page) => page.getByRole('rowheader', { name: 'sleeper' });
  const form = (page: Page) => page.getByRole('heading', { name: 'Sign in' });

  beforeAll(async () => {
    rig = await BrowserRig.open({ plugins: { sleeper: '' } });
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());
  afterEach(async () => {
    const complaints = tabs.flatMap((tab) => tab.complaints);
    for (const { page } of tabs) await page.context().close();
    tabs = [];
    expect(complaints).toEqual([]);
  });

  test('a wrong password is said in a sentence, and the right one leads where one wanted to go', async () => {
    const page = await open('/logs?level=error');
    await form(page).waitFor();
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    expect(await page.title()).toBe('Sign in · toru');
    await fillSignIn(page, { ...ADMIN, password: 'wrong' });
    await page.getByRole('alert').getByText('That name and password do not fit together.').waitFor();
    expect(await axe(page)).toEqual([]);
    expect(await page.getByLabel('User name').inputValue()).toBe('admin');
    await fillSignIn(page);
    await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    expect(page.url()).toBe(`${rig.url}/logs?level=error`);
  });

  test.each(['light', 'dark'] as const)('axe finds nothing on the %s sign-in page', async (colorScheme) => {
    const page = await open('/', { colorScheme });
    await form(page).waitFor();
    expect(await axe(page)).toEqual([]);
  });

  test('a link with another site in it leads to the list', async () => {
    for (const next of ['//example.org', 'https://example.org', '/\\example.org']) {
      const page = await open(`/sign-in?next=${encodeURIComponent(next)}`);
      await form(page).waitFor();
      await fillSignIn(page);
      await list(page).waitFor();
      expect(page.url()).toBe(`${rig.url}/plugins`);
    }
  });

  test('the product is named before any script has come', async () => {
    const tab = await rig.newTab();
    tabs.push(tab);
    const scripts = Promise.withResolvers<void>();
    await tab.page.route(/\.js$/, async (route) => {
      await scripts.promise;
      await route.continue();
    });
    await tab.page.goto('/', { waitUntil: 'commit' });
    const look = tab.page.getByRole('main');
    await look.getByText('toru', { exact: true }).waitFor();
    await look.getByText('Loading…').waitFor();
    scripts.resolve();
    await form(tab.page).waitFor();
  });

  test('nothing names a plugin before somebody has signed in', async () => {
    const tab = await rig.newTab();
    tabs.push(tab);
    const texts: string[] = [];
    const reading: Promise<unknown>[] = [];
    tab.page.on('response', (response) => {
      reading.push(response.text().then((text) => texts.push(text)));
    });
    await tab.page.goto('/plugins');
    await form(tab.page).waitFor();
    await Promise.all(reading);
    expect(texts.length).toBeGreaterThan(2);
    expect(texts.join('\n')).not.toContain('sleeper');
  });

  test('too many tries are refused with the time that is left', async () => {
    const page = await open('/sign-in');
    const refusal = page.getByRole('alert');
    for (let tries = 0; tries < 6; tries += 1) {
      await fillSignIn(page, { username: 'nobody', password: `guess ${tries}` });
      await refusal.getByText(/./).waitFor();
      if (/too many/.test(await refusal.innerText())) break;
    }
    await refusal.getByText(/^There were too many tries\. The next one is taken in \d+(m|s)/).waitFor();
    expect(await page.getByRole('button', { name: 'Sign in' }).isDisabled()).toBe(true);
  });

  test('a torud that is away does not keep anybody out', async () => {
    await rig.stage.rig.kill();
    const page = await open('/');
    await fillSignIn(page);
    await page.getByText('torud does not answer').waitFor();
    await rig.stage.rig.start();
    await list(page).waitFor();
    await page.getByText('torud does not answer').waitFor({ state: 'detached' });
  });

  test('a second tab is signed in with the first, and out with it', async () => {
    const browser = await rig.newBrowser();
    const one = await open('/', browser);
    await fillSignIn(one);
    await list(one).waitFor();
    const other = await open('/plugins', browser);
    await list(other).waitFor();
    await other.getByRole('link', { name: 'Logs' }).click();
    await one.getByRole('button', { name: 'Sign out' }).click();
    await form(one).waitFor();
    await other.getByText('You signed out in another tab.').waitFor();
    // And in again: both are, the other one where it was.
    await fillSignIn(one);
    await list(one).waitFor();
    await other.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
  });

  test('a tab that has the token of an older session goes on with the newer one', async () => {
    const browser = await rig.newBrowser();
    const one = await open('/', browser);
    await fillSignIn(one);
    await list(one).waitFor();
    // Signed in anew elsewhere, without a word to this tab.
    await one.request.post('/api/login', { data: ADMIN });
    await one.getByRole('button', { name: 'Start sleeper', exact: true }).click();
    await one.getByText('sleeper runs.').waitFor();
    await rig.stage.act('stop', 'sleeper');
  });

  test('a session that ends is said, and what was typed is still there afterwards', async () => {
    const page = await open('/');
    await fillSignIn(page);
    await list(page).waitFor();
    await page.getByLabel('Filter plugins').fill('sleep');
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Start sleeper', exact: true }).click();
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await again.getByText('Your session has ended.').waitFor();
    expect(await axe(page)).toEqual([]);
    expect(await page.getByLabel('User name').inputValue()).toBe('admin');
    await page.keyboard.press('Escape');
    await again.waitFor();
    // The name is there already: what is typed is the password.
    expect(await page.evaluate('document.activeElement.name')).toBe('password');
    await page.keyboard.type(ADMIN.password);
    await page.keyboard.press('Enter');
    await again.waitFor({ state: 'detached' });
    expect(await page.getByLabel('Filter plugins').inputValue()).toBe('sleep');
    await rig.stage.act('start', 'sleeper');
    await page.getByText('running').first().waitFor();
    await rig.stage.act('stop', 'sleeper');
  });

  test('a question that stood open is still to be answered behind the new session', async () => {
    await rig.stage.act('start', 'sleeper');
    const page = await open('/');
    await fillSignIn(page);
    await list(page).waitFor();
    await page.getByRole('button', { name: 'Stop sleeper', exact: true }).click();
    const question = page.getByRole('alertdialog', { name: 'Stop sleeper?' });
    await question.getByRole('listitem').first().waitFor();
    await page.context().clearCookies();
    await question.getByRole('button', { name: 'Stop', exact: true }).click();
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await again.getByLabel('Password').fill(ADMIN.password);
    await page.keyboard.press('Enter');
    await again.waitFor({ state: 'detached' });
    await list(page).waitFor();
  });

  test('whoever may only look sees no buttons, and no page of users', async () => {
    const admin = await open('/');
    await fillSignIn(admin);
    await list(admin).waitFor();
    const { csrfToken } = await (await admin.request.get('/api/session')).json();
    const viewer = { username: 'watcher', password: 'only to look at it' };
    const made = await admin.request.post('/api/users', {
      headers: { 'x-csrf-token': csrfToken },
      data: { name: viewer.username, password: viewer.password, role: 'view' },
    });
    expect(made.status()).toBe(201);
    const page = await open('/');
    await fillSignIn(page, viewer);
    await list(page).waitFor();
    expect(await page.getByRole('button', { name: /^(Start|Stop|Restart|Reload) / }).count()).toBe(0);
    expect(await page.getByRole('switch').first().isDisabled()).toBe(true);
    expect(await page.getByRole('link', { name: 'Users' }).count()).toBe(0);
    await page.getByRole('link', { name: 'sleeper', exact: true }).click();
    await page.getByRole('tab', { name: 'Data' }).click();
    await page.getByText('The store is for admins.').waitFor();
    await page.getByRole('link', { name: 'Plugins', exact: true }).click();
    await list(page).waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('link', { name: 'watcher view' }).click();
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor();
  });

  test('a web that was killed is found again without loading the page anew', async () => {
    await rig.keepPort();
    const { page } = await rig.signIn();
    await list(page).waitFor();
    await page.getByLabel('Filter plugins').fill('e');
    const { pid, runId } = await rig.stage.status('web');
    if (pid === null) throw new Error('web has no process');
    process.kill(pid, 'SIGKILL');
    await expect.poll(async () => (await rig.stage.status('web')).runId, { timeout: 20_000 }).not.toBe(runId);
    await rig.stage.act('start', 'sleeper');
    await page.getByRole('row', { name: /sleeper.*running/ }).waitFor();
    await page.getByText('The connection is lost.').waitFor({ state: 'detached' });
    expect(await page.getByLabel('Filter plugins').inputValue()).toBe('e');
    await page.context().close();
  });

  test('a server that is away is said, and its return needs no hand', async () => {
    await rig.stage.act('stop', 'sleeper');
    await rig.keepPort();
    const { page, complaints } = await rig.signIn();
    await list(page).waitFor();
    await rig.stage.act('stop', 'web');
    const banner = page.getByText('The connection is lost.');
    await banner.waitFor();
    await list(page).waitFor();
    const start = page.getByRole('button', { name: 'Start sleeper', exact: true });
    expect(await start.isDisabled()).toBe(true);
    expect(await start.getAttribute('title')).toContain('the connection is lost');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are still signed in: The server does not answer.').waitFor();
    await rig.stage.act('start', 'web');
    await banner.waitFor({ state: 'detached' });
    await start.click();
    await page.getByRole('row', { name: /sleeper.*running/ }).waitFor();
    await page.context().close();
    // Browsers write down themselves what they could not reach.
    expect(complaints.filter((text) => !text.startsWith('WebSocket connection to'))).toEqual([]);
  });
});
