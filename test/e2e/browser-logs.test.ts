/** The pages of all logs and of all crashes in a browser. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axe, BROWSER_REASON, BrowserRig, type Tab } from '../rig/browser.ts';

const NEVER_AGAIN = '[restart]\npolicy = "never"\n';

describe.skipIf(BROWSER_REASON !== undefined)(
  `logs and crashes in the console${BROWSER_REASON ?? ''}`,
  () => {
    let rig: BrowserRig;
    let tab: Tab;

    beforeAll(async () => {
      rig = await BrowserRig.open({
        plugins: { 'exits-with': NEVER_AGAIN, segfaults: NEVER_AGAIN, sleeper: '' },
      });
      tab = await rig.signIn('/crashes');
    });

    afterAll(() => rig?.[Symbol.asyncDispose]());

    const rows = () => tab.page.getByRole('region', { name: 'Crashes, newest first' }).locator('tbody tr');

    test('without any crash the page says what would stand there', async () => {
      const { page } = tab;
      await page.getByText('Nothing has crashed.').waitFor();
      expect(await axe(page)).toEqual([]);
    });

    test('a crash arrives by itself', async () => {
      await rig.stage.act('start', 'exits-with', { noBlock: true });
      await rows().filter({ hasText: 'exits-with' }).getByText('exit 3').waitFor();
      await rig.stage.act('start', 'segfaults', { noBlock: true });
      await rows().filter({ hasText: 'segfaults' }).getByText('SIGSEGV').waitFor();
      expect(await rows().first().innerText()).toContain('segfaults');
      expect(await axe(tab.page)).toEqual([]);
    });

    test('crashes are filtered by plugin and by cause, and the address keeps that', async () => {
      const { page } = tab;
      await page.getByLabel('Plugin', { exact: true }).selectOption('exits-with');
      await rows().filter({ hasText: 'segfaults' }).waitFor({ state: 'detached' });
      await page.waitForURL('**/crashes?plugin=exits-with');
      await page.getByLabel('Cause', { exact: true }).selectOption('signal');
      await page.getByText('No crash is like that.').waitFor();
      await page.reload();
      await page.getByText('No crash is like that.').waitFor();
      await page.getByLabel('Plugin', { exact: true }).selectOption('all');
      await rows().filter({ hasText: 'segfaults' }).waitFor();
    });

    test('a row leads to all that was kept of the crash', async () => {
      const { page } = tab;
      await page.getByLabel('Cause', { exact: true }).selectOption('exit');
      await rows().filter({ hasText: 'exits-with' }).getByRole('link').first().click();
      await page.waitForURL('**/plugins/exits-with/crashes/*');
      await page.getByText('about to exit with 3').first().waitFor();
    });

    test('the logs of all plugins are merged, and go on', async () => {
      const { page } = tab;
      await page.goto('/logs');
      const log = page.getByRole('log', { name: 'Log of all plugins' });
      await log.getByText('about to exit with 3').waitFor();
      await log.getByText('listening on').waitFor();
      await page.getByText('following').waitFor();
      await rig.stage.act('restart', 'exits-with', { noBlock: true });
      await log.getByText('about to exit with 3').nth(1).waitFor();
      expect(await axe(page)).toEqual([]);
    });

    test('plugins are chosen, and the filter stays when others are', async () => {
      const { page } = tab;
      await page.getByLabel('Search', { exact: true }).fill('about');
      const all = page.getByRole('log', { name: 'Log of all plugins' });
      await all.getByText('listening on').waitFor({ state: 'detached' });
      await all.getByText('about to exit with 3').first().waitFor();
      await page.getByRole('button', { name: 'Plugins all', exact: true }).click();
      await page.getByRole('checkbox', { name: 'web' }).check();
      await page.waitForURL('**/logs?plugins=web');
      expect(await axe(page)).toEqual([]);
      await page.getByRole('log', { name: 'Log of web' }).waitFor();
      await page.getByText('nothing like that yet').waitFor();
      await page.getByRole('checkbox', { name: 'exits-with' }).check();
      const both = page.getByRole('log', { name: 'Log of exits-with, web' });
      await both.getByText('about to exit with 3').first().waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('checkbox', { name: 'web' }).waitFor({ state: 'detached' });
      await page.getByText('toru logs -f exits-with web').waitFor();
    });

    test('on a phone nothing hangs over the edge', async () => {
      const { page } = await rig.signIn('/logs', { width: 390, height: 844 });
      await page.getByRole('log').getByText('listening on').waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await page.goto('/crashes');
      await page.getByRole('region', { name: 'Crashes, newest first' }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(await axe(page)).toEqual([]);
      await page.context().close();
    });

    test('the browser had nothing to complain about', () => {
      expect(tab.complaints.filter((text) => !text.includes('401'))).toEqual([]);
    });
  },
);
