/** The console's frame and list in a real browser: live, in both colour schemes, by keys alone, and as small as a phone. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  axe,
  BROWSER_REASON,
  type BrowserContext,
  BrowserRig,
  type Page,
  type Tab,
  type Viewer,
} from '../rig/browser.ts';
import { installNeeding, installWithPage } from '../rig/console-plugins.ts';

const focusedName = (page: Page) => page.evaluate('document.activeElement.getAttribute("aria-label")');

describe.skipIf(BROWSER_REASON !== undefined)(`the frame and the list${BROWSER_REASON ?? ''}`, () => {
  let rig: BrowserRig;
  let browser: BrowserContext;
  let tabs: Tab[] = [];

  /** The list in a new tab of the browser where somebody is signed in. */
  const openList = async ({
    width = 1280,
    height = 800,
    colorScheme = 'light',
  }: Viewer = {}): Promise<Page> => {
    const tab = await rig.newTab(browser);
    tabs.push(tab);
    await tab.page.setViewportSize({ width, height });
    await tab.page.emulateMedia({ colorScheme });
    await tab.page.goto('/plugins');
    await tab.page.getByRole('row', { name: /sleeper/ }).waitFor();
    return tab.page;
  };
  const row = (page: Page, id: string) =>
    page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: id }) });
  const shows = (page: Page, id: string, text: string | RegExp) =>
    row(page, id).getByText(text).filter({ visible: true }).first().waitFor();

  beforeAll(async () => {
    rig = await BrowserRig.open({
      plugins: { sleeper: '', segfaults: '' },
      prepare: async (stage) => {
        await installWithPage(stage, 'painter', 'Painter');
        await installNeeding(stage, 'base', []);
        await installNeeding(stage, 'upper', ['base']);
        await installNeeding(stage, 'lonely', ['ghost']);
      },
    });
    browser = (await rig.signIn()).page.context();
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());
  /** Whatever a test does, no page may break the policy, throw, or warn. */
  afterEach(async () => {
    const complaints = tabs.flatMap((tab) => tab.complaints);
    for (const { page } of tabs) await page.close();
    tabs = [];
    expect(complaints).toEqual([]);
  });

  test('a plugin has an entry in the sidebar while it is enabled, live, and none when it is not', async () => {
    const page = await openList();
    const entries = page.getByRole('navigation', { name: 'Plugins' });
    expect(await entries.count()).toBe(0);
    expect((await rig.stage.act('enable', 'painter')).error).toBeUndefined();
    const entry = entries.getByRole('link', { name: 'Painter' });
    await entry.waitFor();
    await expect
      .poll(() => page.evaluate('document.querySelector(".sidebar-plugins img").naturalWidth'))
      .toBeGreaterThan(0);
    await entry.click();
    await page.getByRole('heading', { level: 1, name: 'Painter' }).waitFor();
    expect(await entry.getAttribute('aria-current')).toBe('page');
    expect((await rig.stage.act('disable', 'painter')).error).toBeUndefined();
    await entries.waitFor({ state: 'detached' });
  });

  test('the switch enables a plugin, and disables it after a question', async () => {
    const page = await openList();
    const enabled = row(page, 'painter').getByRole('switch', { name: 'painter enabled' });
    await enabled.click();
    await shows(page, 'painter', 'running');
    await page.getByRole('navigation', { name: 'Plugins' }).getByRole('link', { name: 'Painter' }).waitFor();
    expect(await enabled.getAttribute('aria-checked')).toBe('true');
    expect(await rig.stage.status('painter')).toMatchObject({ enabled: true, state: 'running' });
    await enabled.click();
    const question = page.getByRole('alertdialog', { name: 'Disable painter?' });
    await question.getByText('toru disable painter').waitFor();
    await question.getByRole('button', { name: 'Disable', exact: true }).click();
    await shows(page, 'painter', 'stopped');
    expect(await rig.stage.status('painter')).toMatchObject({ enabled: false, state: 'stopped' });
  });

  test('a stop first says what goes down with it, and does nothing until somebody agrees', async () => {
    for (const id of ['base', 'upper']) await rig.stage.act('start', id);
    const page = await openList();
    await shows(page, 'upper', 'running');
    const stop = page.getByRole('button', { name: 'Stop base', exact: true });
    await stop.click();
    const question = page.getByRole('alertdialog', { name: 'Stop base?' });
    const plan = question.getByRole('listitem');
    await plan.filter({ hasText: 'upper' }).waitFor();
    expect(await plan.count()).toBe(2);
    await question.getByText('Others go down with it:').waitFor();
    await plan
      .filter({ hasText: 'upper is stopped' })
      .getByText(/^it needs base/)
      .waitFor();
    await plan
      .filter({ hasText: 'base is stopped' })
      .getByText(/SIGTERM, up to \d+ s, then KILL/)
      .waitFor();
    await question.getByText('Tab, Enter stop · Esc cancel').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Cancel');
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    // Whoever uses keys goes on where he was.
    expect(await focusedName(page)).toBe('Stop base');
    expect(await rig.stage.status('upper')).toMatchObject({ state: 'running' });
    await stop.click();
    await question.getByRole('button', { name: 'Stop', exact: true }).click();
    await shows(page, 'upper', 'stopped');
    await shows(page, 'base', 'stopped');
    await question.waitFor({ state: 'detached' });
  });

  test('what torud refuses is a message with the hint, and stays until it is put away', async () => {
    const page = await openList();
    await page.getByRole('button', { name: 'Start lonely', exact: true }).click();
    const messages = page.getByRole('region', { name: 'Messages' });
    await messages.getByText(/^Start lonely: It needs ghost/).waitFor();
    await messages.getByText(/^Install ghost/).waitFor();
    await messages.getByRole('button', { name: 'Put this message away' }).click();
    await messages.getByText('Start lonely').waitFor({ state: 'detached' });
  });

  test('a crash arrives live, with its cause beside the state', async () => {
    const page = await openList();
    void rig.stage.act('start', 'segfaults', { noBlock: true });
    await shows(page, 'segfaults', 'failed');
    await shows(page, 'segfaults', /SIGSEGV · gave up/);
    expect(await row(page, 'segfaults').locator('.tone-bad svg').count()).toBe(1);
  });

  test('figures of processes come without being asked for', async () => {
    await rig.stage.act('start', 'sleeper');
    const page = await openList();
    await shows(page, 'sleeper', /^\d+(\.\d)?[KM]$/);
    await shows(page, 'sleeper', /^\d+\.\d%$/);
  });

  test('the filter shows what fits, and the counts what is in one state', async () => {
    await rig.stage.act('start', 'sleeper');
    const page = await openList();
    await page.keyboard.press('/');
    await page.keyboard.type('sleep');
    await row(page, 'painter').waitFor({ state: 'detached' });
    expect(await page.getByRole('rowheader').count()).toBe(1);
    await page.keyboard.type('xyz');
    await page.getByText('No plugin fits this filter.').waitFor();
    await page.getByRole('button', { name: /^Show all/ }).click();
    await row(page, 'painter').waitFor();
    await page.getByRole('button', { name: /running/ }).click();
    await row(page, 'painter').waitFor({ state: 'detached' });
    await row(page, 'sleeper').waitFor();
  });

  test('a column sorts, and says so', async () => {
    const page = await openList();
    const ids = () => page.getByRole('rowheader').locator('a').allTextContents();
    const head = page.getByRole('columnheader', { name: 'ID', exact: true });
    // Until somebody chooses, what has failed stands first.
    const trouble = (await rig.stage.status('segfaults')).state === 'failed' ? 'segfaults' : undefined;
    const sorted = [...(await ids())].sort();
    const others = sorted.filter((id) => id !== trouble);
    expect(await ids()).toEqual(trouble === undefined ? sorted : [trouble, ...others]);
    await page.getByRole('button', { name: 'ID', exact: true }).click();
    expect(await ids()).toEqual(sorted);
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    await page.getByRole('button', { name: 'ID', exact: true }).click();
    expect(await ids()).toEqual(sorted.toReversed());
    expect(await head.getAttribute('aria-sort')).toBe('descending');
  });

  test('a torud that dies is said on top of the page, and so is nothing when it is back', async () => {
    const page = await openList();
    await rig.stage.rig.kill();
    const banner = page.getByText('torud does not answer');
    await banner.waitFor();
    expect(await axe(page)).toEqual([]);
    await row(page, 'sleeper').waitFor();
    const restart = page.getByRole('button', { name: 'Restart sleeper', exact: true });
    expect(await restart.isDisabled()).toBe(true);
    expect(await restart.getAttribute('title')).toBe(
      'torud does not answer: nothing can be done until it is back',
    );
    expect(await page.getByRole('switch', { name: 'sleeper enabled' }).isDisabled()).toBe(true);
    await rig.stage.rig.start();
    await banner.waitFor({ state: 'detached' });
    expect(await restart.isDisabled()).toBe(false);
    await rig.stage.act('restart', 'sleeper');
    await shows(page, 'sleeper', 'running');
  });

  test.each(['light', 'dark'] as const)('axe finds nothing in the %s list', async (colorScheme) => {
    const page = await openList({ colorScheme });
    expect(await axe(page)).toEqual([]);
  });

  test('as small as a phone nothing is wider than the screen, and the menu is a drawer', async () => {
    const page = await openList({ width: 390, height: 844 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    expect(await axe(page)).toEqual([]);
    const menu = page.getByRole('button', { name: 'Menu' });
    await menu.click();
    const drawer = page.getByRole('dialog', { name: 'Menu' });
    await drawer.getByRole('link', { name: 'Logs' }).waitFor();
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    expect(await focusedName(page)).toBe('Menu');
    await menu.click();
    await drawer.getByRole('link', { name: 'System' }).click();
    await drawer.waitFor({ state: 'detached' });
    await page.getByRole('heading', { level: 1, name: 'System' }).waitFor();
  });

  test('everything is reached by keys: past the sidebar, to a page, to its heading', async () => {
    const page = await openList();
    const focused = () => page.evaluate('document.activeElement.textContent.trim()');
    await page.evaluate('document.activeElement.blur()');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the page');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.querySelector("#main").contains(document.activeElement)')).toBe(
      true,
    );
    await page.getByRole('link', { name: 'Crashes' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Crashes' }).waitFor();
    await expect.poll(focused).toBe('Crashes');
    await expect.poll(() => page.title()).toBe('Crashes · toru');
    const current = page.locator('[aria-current=page]');
    expect(await current.allTextContents()).toEqual(['Crashes']);
  });

  test('a row leads to the page of its plugin, and back leads to the list', async () => {
    const page = await openList();
    // Anywhere in it: its link lies above all of it.
    await row(page, 'sleeper').locator('.list-last').filter({ visible: true }).click({ force: true });
    await page.getByRole('heading', { level: 1, name: /sleeper/i }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/plugins/sleeper');
    await page.goBack();
    await row(page, 'sleeper').waitFor();
  });

  test('a page whose files are gone, as after an update, takes nothing else with it', async () => {
    const page = await openList();
    await page.route('**/assets/system-page-*.js', (route) => route.abort());
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByRole('alert').getByText('This page cannot be shown').waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('link', { name: 'Logs' }).click();
    await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
    await page.unrouteAll();
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { level: 1, name: 'System' }).waitFor();
    // The browser and React write down themselves what happened.
    tabs = tabs.filter((tab) => tab.page !== page);
    await page.close();
  });

  test('an address of no page is a page that says so', async () => {
    const page = await openList();
    await page.evaluate('history.pushState({}, "", "/nonsense")');
    await page.getByText('There is nothing here.').waitFor();
    expect(await axe(page)).toEqual([]);
  });
});
