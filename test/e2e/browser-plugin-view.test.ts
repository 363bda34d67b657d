/** Pages of plugins in the console, most of them broken: whatever they do, the console goes on. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { axe, BROWSER_REASON, BrowserRig, type Page, type Tab } from '../rig/browser.ts';
import { changePage, installPage, PAGE_BUNDLES, type PageBundle } from '../rig/page-bundles.ts';

describe.skipIf(BROWSER_REASON !== undefined)(`a plugin's page${BROWSER_REASON ?? ''}`, () => {
  let rig: BrowserRig;
  let tab: Tab;
  let page: Page;

  beforeAll(async () => {
    rig = await BrowserRig.open({
      prepare: async (stage) => {
        for (const [name, bundle] of Object.entries(PAGE_BUNDLES)) await installPage(stage, name, bundle);
        await installPage(stage, 'missing', undefined);
        await stage.install('sleeper');
      },
    });
    for (const name of ['missing', ...Object.keys(PAGE_BUNDLES)])
      await rig.stage.act('enable', `page-${name}`);
    await rig.stage.act('enable', 'sleeper');
    tab = await rig.signIn('/plugins');
  });

  afterAll(() => rig?.[Symbol.asyncDispose]());

  beforeEach(async () => {
    ({ page } = await rig.newTab(tab.page.context()));
  });

  afterEach(() => page.close());

  const open = (name: PageBundle | 'missing') => page.goto(`/plugins/page-${name}/view`);
  const card = () => page.getByRole('alert');
  const seen = () => page.evaluate(() => (globalThis as { seen?: readonly string[] }).seen);
  /** By the sidebar, as people do: without loading the console anew. */
  const leaveTo = async (name: PageBundle) => {
    await page
      .getByRole('complementary')
      .getByRole('link', { name: `Page ${name}`, exact: true })
      .click();
    await page.waitForURL(`**/plugins/page-${name}/view`);
  };
  /** Everything else is as it was. */
  const expectTheRestToWork = async () => {
    await leaveTo('works');
    await page.getByText('first edition').waitFor();
    expect(await card().count()).toBe(0);
  };

  test.each<[PageBundle | 'missing', string, string]>([
    ['throws-at-mount', 'The page cannot be shown', 'no <b>way</b>'],
    ['rejects-at-mount', 'The page cannot be shown', 'not today'],
    ['throws-nothing-readable', 'The page cannot be shown', 'an error without a message'],
    ['throws-at-import', 'The page cannot be loaded', 'not even loaded'],
    ['is-no-javascript', 'The page cannot be loaded', 'Unexpected'],
    ['is-no-module', 'The page cannot be loaded', 'Unexpected token'],
    ['has-no-mount', 'The page cannot be loaded', 'It exports no function "mount"'],
    ['missing', 'The page cannot be fetched', 'The file that plugin.json names as "bundle" is not there'],
  ])('one that %s is a card that says so, and nothing else', async (name, title, text) => {
    await open(name);
    await card().getByText(title).waitFor();
    await card().getByText(text).first().waitFor();
    expect(await page.locator('.plugin-page').count()).toBe(0);
    expect(await axe(page)).toEqual([]);
    await expectTheRestToWork();
  });

  test('one that was mended is shown when it is opened again', async () => {
    await open('throws-at-import');
    await card().waitFor();
    await changePage(rig.stage, 'throws-at-import', PAGE_BUNDLES['has-no-unmount']);
    await card().getByRole('button', { name: 'Open it again' }).click();
    await page.getByText('all is well').waitFor();
  });

  test('one that never mounts is given up on, and unmounted if it mounts after all', async () => {
    await page.close();
    // A clock is that of a whole browser.
    ({ page } = await rig.signIn('/plugins'));
    await page.clock.install();
    await open('never-mounts');
    await expect.poll(seen).toEqual(['mount']);
    await page.clock.fastForward(10_001);
    await card().getByText('"mount" has not ended after 10 s').waitFor();
    await page.evaluate(() => (globalThis as unknown as { finish(): void }).finish());
    await expect.poll(seen).toEqual(['mount', 'unmount']);
    expect(await card().count()).toBe(1);
  });

  test('one that mounts after one has left is unmounted then', async () => {
    await open('never-mounts');
    await expect.poll(seen).toEqual(['mount']);
    await leaveTo('has-no-unmount');
    await page.getByText('all is well').waitFor();
    expect(await seen()).toEqual(['mount']);
    await page.evaluate(() => (globalThis as unknown as { finish(): void }).finish());
    await expect.poll(seen).toEqual(['mount', 'unmount']);
  });

  test('it is unmounted when one leaves it', async () => {
    await open('works');
    await page.getByText('first edition').waitFor();
    await leaveTo('has-no-unmount');
    await page.getByText('all is well').waitFor();
    await page.goBack();
    await page.getByText('first edition').waitFor();
    expect(await seen()).toEqual(['mount', 'unmount', 'mount']);
  });

  test('one that throws when it is left leaves all the same, and that is told', async () => {
    await open('throws-at-unmount');
    await page.getByText('all is well').waitFor();
    await leaveTo('works');
    await page.getByText('The page of page-throws-at-unmount did not end well: will not go').waitFor();
    await page.getByText('first edition').waitFor();
    expect(await page.getByText('all is well').count()).toBe(0);
  });

  test('what it throws later is told above it, and it stays', async () => {
    await open('throws-later');
    await page.getByRole('button', { name: 'Break' }).click();
    await card().getByText('The page reports an error').waitFor();
    await card().getByText('2 errors so far').waitFor();
    await page.getByRole('button', { name: 'Break' }).waitFor();
    await card().getByRole('button', { name: 'Put this away' }).click();
    await card().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Break' }).click();
    await card().waitFor();
    await expectTheRestToWork();
  });

  test('its messages are three at most, name it, and go when one leaves', async () => {
    const loud = `export function mount(container, { showToast }) {
      container.textContent = 'loud page';
      for (let count = 1; count <= 5; count += 1) showToast('message ' + count, 'error');
    }`;
    await changePage(rig.stage, 'has-no-unmount', loud);
    await open('has-no-unmount');
    await page.getByText('loud page').waitFor();
    const messages = page.getByRole('region', { name: 'Messages' }).getByText(/message \d/);
    await messages.getByText('message 5').waitFor();
    expect(await messages.allTextContents()).toEqual(
      [3, 4, 5].map((count) => `Page has-no-unmount: message ${count}`),
    );
    await leaveTo('works');
    await page.getByText('first edition').waitFor();
    await expect.poll(() => messages.count()).toBe(0);
    await changePage(rig.stage, 'has-no-unmount', PAGE_BUNDLES['has-no-unmount']);
  });

  test('one that throws all the time is told of now and then, and can be left', async () => {
    await open('throws-all-the-time');
    await card()
      .getByText(/^\d{3,} errors so far/)
      .waitFor();
    await expectTheRestToWork();
  });

  test('one that covers everything covers its own place alone', async () => {
    await open('fills-everything');
    await page.getByText('xxxxxxxxxx').waitFor();
    // A click that something else would take fails.
    await expectTheRestToWork();
  });

  test('it asks its own plugin alone, goes nowhere but in the console, and has its store', async () => {
    await open('reaches-out');
    await page.getByRole('button', { name: 'Go' }).waitFor();
    expect(await page.locator('.plugin-page p').allTextContents()).toEqual([
      'other origin: TypeError ',
      'no scheme: TypeError ',
      'above: TypeError ',
      'encoded: TypeError ',
      // Below its own address, where it has no such path.
      'api: 404',
      'away: TypeError ',
      'to the api: TypeError ',
      expect.stringMatching(/^set: \d+$/),
      'set again: StoreError conflict',
      expect.stringMatching(/^get: \{"value":"red","version":\d+\}$/),
      'list: ["colour"]',
      'delete: [true,false]',
    ]);
    await page.getByText('greetings from <i>the page</i>').waitFor();
    await page.getByRole('button', { name: 'Go' }).click();
    await page.waitForURL('**/plugins/page-reaches-out/events');
    await page.getByRole('tab', { name: 'Events', selected: true }).waitFor();
  });

  test('another version of it takes its place when the plugin starts anew', async () => {
    await open('works');
    await page.getByText('first edition').waitFor();
    await rig.stage.act('restart', 'page-works');
    await changePage(rig.stage, 'works', PAGE_BUNDLES.works.replace('first', 'second'));
    await rig.stage.act('restart', 'page-works');
    await page.getByText('second edition').waitFor();
    expect(await seen()).toEqual(['mount', 'unmount', 'mount']);
    await changePage(rig.stage, 'works', PAGE_BUNDLES.works);
    await rig.stage.act('restart', 'page-works');
    await page.getByText('first edition').waitFor();
  });

  test('it is gone when its plugin is disabled, and back when it is enabled', async () => {
    await open('works');
    await page.getByText('first edition').waitFor();
    await rig.stage.act('disable', 'page-works');
    await page.getByText('Page works is disabled, and its page with it.').waitFor();
    expect(await seen()).toEqual(['mount', 'unmount']);
    await rig.stage.act('enable', 'page-works');
    await page.getByText('first edition').waitFor();
  });

  test('one that cannot be fetched while torud is away comes by itself when torud is back', async () => {
    await rig.stage.rig.kill();
    await open('works');
    await card().getByText('torud does not answer now').waitFor();
    await rig.stage.rig.start();
    await page.getByText('first edition').waitFor();
    expect(await seen()).toEqual(['mount']);
  });

  test('where there is none, that is said, with the way to what there is', async () => {
    await page.goto('/plugins/sleeper/view');
    await page.getByText('sleeper has no page of its own.').waitFor();
    await page.getByRole('link', { name: 'See its state, logs and settings' }).click();
    await page.waitForURL('**/plugins/sleeper');
    await page.goto('/plugins/no-such/view');
    await page.getByText('There is no plugin “no-such”.').waitFor();
    expect(await axe(page)).toEqual([]);
  });
});
