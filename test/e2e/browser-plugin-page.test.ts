/** The page of a plugin with its tabs, in a browser. */

import { appendFile, cp, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { axe, BROWSER_REASON, BrowserRig, type Page, type Tab } from '../rig/browser.ts';
import { writePlugin } from '../rig/plugin-fixture.ts';
import { CHECKOUT } from '../rig/programs.ts';

const ESC = '\x1b';

describe.skipIf(BROWSER_REASON !== undefined)(`the page of a plugin${BROWSER_REASON ?? ''}`, () => {
  let rig: BrowserRig;
  let tab: Tab;
  let page: Page;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'toru-repeats-'));
    await Promise.all(['out', 'err'].map((name) => writeFile(join(folder, name), '')));
    rig = await BrowserRig.open({
      plugins: {
        'repeats-files': `[environment]\nFOLDER = "${folder}"\n`,
        'exits-with': '[environment]\nEXIT_CODE = "7"\nDB_PASSWORD = "hush hush"\n',
        sleeper: '',
        unhealthy: '',
      },
      prepare: async ({ paths }) => {
        await writePlugin(paths, {
          id: 'long-words',
          script: '#!/bin/sh\nhead -c 60000 /dev/zero | tr "\\0" x >&2\nexit 7\n',
          metadata: { name: 'n'.repeat(64), description: `\u202e${'d'.repeat(400)}` },
        });
        await cp(join(CHECKOUT, 'dist/plugins/clock'), join(paths.pluginFolder, 'clock'), {
          recursive: true,
        });
        const needy = join(paths.pluginFolder, 'needy');
        await cp(join(CHECKOUT, 'test/fixtures/plugins/sleeper'), needy, { recursive: true });
        const api = { dependencies: ['sleeper@^1.0', 'no-such'] };
        await writeFile(
          join(needy, 'plugin.json'),
          JSON.stringify({
            id: 'needy',
            name: 'Needy',
            version: '1.0.0',
            transport: 'none',
            command: ['run'],
            api,
          }),
        );
      },
    });
    await rig.stage.act('enable', 'repeats-files');
    await rig.stage.act('enable', 'clock');
    tab = await rig.signIn('/plugins');
  });

  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    ({ page } = await rig.newTab(tab.page.context()));
  });

  afterEach(() => page.close());

  const say = (text: string, stream: 'out' | 'err' = 'out') => appendFile(join(folder, stream), text);
  const log = () => page.getByRole('log');
  const countOf = (selector: string) => page.locator(selector).count();
  const crash = async () => {
    await rig.stage.act('start', 'exits-with', { noBlock: true });
    await rig.stage.untilState('exits-with', 'failed');
  };

  describe('its head', () => {
    test('starts and stops it, after a question that shows what torud would do', async () => {
      await page.goto('/plugins/sleeper');
      await page.getByText('sleeper is stopped').first().waitFor();
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.getByText('sleeper runs.').waitFor();
      await page.getByText('sleeper is running').first().waitFor();
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      const question = page.getByRole('alertdialog', { name: 'Stop sleeper?' });
      await question.getByText('sleeper is stopped').waitFor();
      await question.getByText(/SIGTERM, up to \d+ s, then KILL/).waitFor();
      await question.getByText('Enter stop · Esc cancel').waitFor();
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Stop');
      expect(await axe(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await question.waitFor({ state: 'detached' });
      expect((await rig.stage.status('sleeper')).state).toBe('running');
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      await question.getByText('Enter stop').waitFor();
      await page.keyboard.press('Enter');
      await page.getByText('sleeper is stopped.').waitFor();
      expect((await rig.stage.status('sleeper')).state).toBe('stopped');
    });

    test('says what torud refuses, in its words', async () => {
      await page.goto('/plugins/needy');
      await page.getByText('not installed', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'sleeper' }).waitFor();
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.getByLabel('Messages').getByText('Start needy:').waitFor();
      await page.getByLabel('Messages').getByText('no-such').first().waitFor();
      expect(await axe(page)).toEqual([]);
    });

    test('says that there is no such plugin, and what to do', async () => {
      await page.goto('/plugins/no-such/logs');
      await page.getByText('There is no plugin “no-such”.').waitFor();
      await page.getByRole('link', { name: 'all plugins', exact: true }).click();
      await page.waitForURL('**/plugins');
    });
  });

  test.each(['why', 'logs', 'crashes', 'crashes/1', 'events', 'data', 'settings'])(
    'its tab %s reads well for a screen reader, in the dark, and on a phone',
    async (path) => {
      if ((await rig.stage.crashes('exits-with')).length === 0) await crash();
      await page.goto(`/plugins/exits-with/${path}`);
      await page.getByRole('tabpanel').waitFor();
      await expect.poll(() => countOf('.loading'), { timeout: 20_000 }).toBe(0);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await axe(page)).toEqual([]);
      }
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      expect(await axe(page)).toEqual([]);
    },
  );

  test('its tabs are gone through by arrow keys, and each has an address', async () => {
    await page.goto('/plugins/clock');
    await page.getByRole('tab', { name: 'Why', selected: true }).focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL('**/plugins/clock/logs');
    await page.keyboard.press('End');
    await page.waitForURL('**/plugins/clock/settings');
    await page.getByRole('tab', { name: 'Settings', selected: true }).waitFor();
    await page.goBack();
    await page.getByRole('tab', { name: 'Logs', selected: true }).waitFor();
  });

  describe('its log', () => {
    test('shows lines as they come, with colours and without what would act', async () => {
      await page.goto('/plugins/repeats-files/logs');
      await page.getByText('following').waitFor();
      await say('first <img src=x onerror="window.hit=1"> & <script>window.hit=1</script>\n');
      await log().getByText('first <img src=x onerror="window.hit=1"> & <script>').waitFor();
      await say(`<3>${ESC}[32mgreen${ESC}[0m ${ESC}]0;title\x07${ESC}[2Jbell \x07 turn \u202e end\n`, 'err');
      const line = log().locator('.log-err');
      await line.waitFor();
      expect(await line.locator('.log-message').textContent()).toBe('green bell \\x07 turn \\u202e end');
      expect(await line.locator('.ansi-2').textContent()).toBe('green');
      expect(await line.locator('.log-stream').textContent()).toBe('e');
      expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined();
      await say(`${'long '.repeat(1_000)}end\n`);
      await page.getByRole('button', { name: 'whole line (5,003)' }).click();
      await page.getByRole('dialog').getByText('long end').waitFor();
      expect(await axe(page)).toEqual([]);
    });

    test('keeps up with thousands of lines, holds still for who reads, and goes on', async () => {
      await page.goto('/plugins/repeats-files/logs');
      await page.getByText('following').waitFor();
      const burst = async (from: number, to: number) => {
        for (let at = from; at <= to; at += 500) {
          const lines = Array.from({ length: 500 }, (_, index) => `burst ${at + index}\n`);
          await say(lines.join(''));
        }
      };
      await burst(1, 12_000);
      await log().getByText('burst 12000', { exact: true }).waitFor();
      await page.getByText('the last 10,000 rows').waitFor();
      expect(await countOf('.log-row')).toBeLessThan(150);
      // Up, and it holds.
      await log().hover();
      await page.mouse.wheel(0, -600);
      await page.getByText('held', { exact: true }).waitFor();
      const seen = await log().locator('.log-message').first().textContent();
      await burst(12_001, 14_000);
      await page.getByRole('button', { name: /^2000 new lines/ }).waitFor();
      expect(await log().locator('.log-message').first().textContent()).toBe(seen);
      await page.getByRole('button', { name: /new lines/ }).click();
      await log().getByText('burst 14000', { exact: true }).waitFor();
      await page.getByText('following').waitFor();
    });

    test('is searched by torud, goes on with what fits, and says what is no pattern', async () => {
      await page.goto('/plugins/repeats-files/logs');
      await page.getByLabel('Search').fill('needle');
      await page.getByText('nothing like that yet').waitFor();
      await say('a NEEDLE here\nhay\n');
      await log().getByText('a NEEDLE here').waitFor();
      expect(await countOf('.log-row')).toBe(1);
      await page.getByLabel('regular expression').check();
      await page.getByLabel('Search').fill('n[e');
      await page.getByRole('alert').getByText('The log cannot be searched so').waitFor();
      await page.getByLabel('Search').fill('need(le|s)\\b');
      await log().getByText('a NEEDLE here').waitFor();
      await page.getByLabel('Search').fill('');
      await page.getByLabel('Level').selectOption('err');
      await log().getByText('green bell').waitFor();
      expect(await countOf('.log-info')).toBe(0);
      await page.getByLabel('Lines').selectOption('of the last hour');
      await log().getByText('green bell').waitFor();
    });

    test('is copied and downloaded as it is shown', async () => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.goto('/plugins/repeats-files/logs');
      await page.getByLabel('Search').fill('NEEDLE');
      await page.getByText('1 row', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Copy', exact: true }).click();
      await page.getByText('1 line copied.').waitFor();
      const expected = /^\S+Z info o a NEEDLE here\n$/;
      expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(expected);
      const begun = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download' }).click();
      const download = await begun;
      expect(download.suggestedFilename()).toBe('repeats-files.log');
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString()).toMatch(expected);
    });
    test('marks where a run begins', async () => {
      await page.goto('/plugins/repeats-files/logs');
      await page.getByText('following').waitFor();
      await Promise.all(['out', 'err'].map((name) => truncate(join(folder, name))));
      await rig.stage.act('restart', 'repeats-files');
      const { runId } = await rig.stage.status('repeats-files');
      await say('after the restart\n');
      await log().getByText('after the restart').waitFor();
      const rows = await log().locator('.log-row').allTextContents();
      expect(rows.slice(-2)).toEqual([`run ${runId}`, expect.stringContaining('after the restart')]);
    });
  });

  test('its events come as they happen, the newest first, with who and why', async () => {
    await page.goto('/plugins/sleeper/events');
    await page.getByRole('tabpanel').getByRole('table').waitFor();
    await rig.stage.act('start', 'sleeper');
    const newest = page.getByRole('tabpanel').getByRole('row').nth(1);
    await newest.getByText('ready').waitFor();
    await page.getByLabel('Show').selectOption('stopped');
    await page.getByRole('tabpanel').getByRole('row').filter({ hasText: 'stopped' }).first().waitFor();
    expect(await page.getByRole('cell', { name: 'ready', exact: true }).count()).toBe(0);
    await rig.stage.act('stop', 'sleeper');
  });

  test.each([1280, 390])('a line and words of any length make no page wider than %i', async (width) => {
    if ((await rig.stage.crashes('long-words')).length === 0) {
      await rig.stage.act('start', 'long-words', { noBlock: true });
      await rig.stage.untilState('long-words', 'failed');
    }
    const [crashed] = await rig.stage.crashes('long-words');
    await page.setViewportSize({ width, height: 844 });
    const paths = ['', '/why', '/events', '/settings', '/logs', `/crashes/${crashed?.id}`];
    for (const path of paths) {
      await page.goto(`/plugins/long-words${path}`);
      await page.getByRole('tabpanel').waitFor();
      await expect.poll(() => countOf('.loading'), { timeout: 20_000 }).toBe(0);
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBe(width);
    }
    const lines = page.getByRole('region', { name: /^Last lines/ });
    await lines.getByText('xxxxxxxx').first().waitFor();
    await lines
      .getByRole('button', { name: /^whole line/ })
      .first()
      .click();
    await page.getByRole('dialog', { name: 'Whole line' }).getByText('x'.repeat(1_900)).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });

  test('a text that turns the direction of writing is shown with its marks', async () => {
    await page.goto('/plugins/long-words');
    await page
      .getByText(/^\\u202e/)
      .first()
      .waitFor();
    expect(await page.locator('body').innerText()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });

  test('a crash is found by its number alone', async () => {
    if ((await rig.stage.crashes('exits-with')).length === 0) await crash();
    const [crashed] = await rig.stage.crashes('exits-with');
    await page.goto(`/crashes/${crashed?.id}`);
    await page.waitForURL(`**/plugins/exits-with/crashes/${crashed?.id}`);
    await page.getByRole('heading', { name: `Crash ${crashed?.id}` }).waitFor();
    for (const id of ['999999', 'x', '0']) {
      await page.goto(`/crashes/${id}`);
      await page.getByText(`There is no crash ${id}.`).waitFor();
    }
  });

  test('its crashes hide what looks secret, and name what is not there', async () => {
    if ((await rig.stage.crashes('exits-with')).length === 0) await crash();
    await page.goto('/plugins/exits-with/crashes/-1');
    await page.getByText('Environment that its settings gave it').click();
    await page.getByText('hidden: it looks secret').waitFor();
    expect(await page.getByText('hush hush').count()).toBe(0);
    await page.goto('/plugins/exits-with/settings');
    await page.getByRole('button', { name: 'Show the value of environment.DB_PASSWORD' }).click();
    await page.getByText('hush hush').waitFor();
    for (const id of ['999999', 'x', '1.5']) {
      await page.goto(`/plugins/exits-with/crashes/${id}`);
      await page.getByText(`exits-with has no crash ${id}.`).waitFor();
    }
  });

  describe('its store', () => {
    const open = async (key: string) => {
      await page.getByRole('button', { name: key, exact: true }).click();
      return page.getByRole('dialog', { name: key, exact: true });
    };
    const stored = (key: string) => rig.stage.call('kv.get', { plugin: 'sleeper', key });

    test('gets a key, another value for it, and loses it after a question', async () => {
      await page.goto('/plugins/sleeper/data');
      await page.getByText('Its store is empty.').waitFor();
      await page.getByRole('button', { name: 'Add a key…' }).click();
      await page.getByLabel('Key', { exact: true }).fill('a/key & <more>');
      await page.getByLabel('Value').fill('{"b":[1,2],"a":"<i>x</i>"}');
      await page.getByLabel('Goes away after').fill('soon');
      await page.getByText('A number with s, m, h or d').waitFor();
      await page.getByLabel('Goes away after').fill('2h');
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      const dialog = await open('a/key & <more>');
      await dialog.getByText('"a": "<i>x</i>"').waitFor();
      await dialog.getByText(/json; goes away at/).waitFor();
      expect(await axe(page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Edit' }).click();
      await dialog.getByLabel('Value').fill('plain\ntext');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByText(/text; it stays/).waitFor();
      expect(await stored('a/key & <more>')).toMatchObject({ value: 'plain\ntext' });
      await dialog.getByRole('button', { name: 'Delete…' }).click();
      await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
      await page.getByText('Its store is empty.').waitFor();
    });

    test('is not written over what somebody else has stored meanwhile', async () => {
      await rig.stage.call('kv.set', { plugin: 'sleeper', key: 'shared', value: 'one' });
      await page.goto('/plugins/sleeper/data');
      const dialog = await open('shared');
      await dialog.getByRole('button', { name: 'Edit' }).click();
      await dialog.getByLabel('Value').fill('mine');
      await rig.stage.call('kv.set', { plugin: 'sleeper', key: 'shared', value: 'theirs' });
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByText('Somebody else has changed it').waitFor();
      expect(await stored('shared')).toMatchObject({ value: 'theirs' });
      await dialog.getByRole('button', { name: 'Go on with mine' }).click();
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByText('mine').waitFor();
      expect(await stored('shared')).toMatchObject({ value: 'mine' });
    });

    test('shows binary values written out, and does not let a form damage them', async () => {
      await rig.stage.call('kv.set', { plugin: 'sleeper', key: 'raw', value: 'a\x00\x1b[31mb\r\n' });
      await page.goto('/plugins/sleeper/data');
      const dialog = await open('raw');
      await dialog.getByText('a\\x00\\x1b[31mb\\r').waitFor();
      expect(await dialog.getByRole('button', { name: 'Edit' }).count()).toBe(0);
    });
  });

  test('while torud is away what was known stays, and it goes on by itself', async () => {
    await page.goto('/plugins/repeats-files/logs');
    await page.getByText('following').waitFor();
    await rig.stage.rig.kill();
    await page.getByText('torud does not answer').first().waitFor();
    await page.getByRole('heading', { name: 'repeats-files', level: 1 }).waitFor();
    await rig.stage.rig.start();
    await say('after torud came back\n');
    await log().getByText('after torud came back').waitFor();
  });
});
