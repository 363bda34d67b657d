/** The machine in a browser: plots, disks, processes. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axe, BROWSER_REASON, BrowserRig, PAGE_LIMIT_MS, type Page, type Tab } from '../rig/browser.ts';

/** Of each canvas the number of colours that are drawn on it; 0: nothing is. */
const INKS = `[...document.querySelectorAll('.plot canvas')].map((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 200) seen.add(data.slice(at, at + 3).join());
  return seen.size;
})`;

describe.skipIf(BROWSER_REASON !== undefined)(`the machine in the console${BROWSER_REASON ?? ''}`, () => {
  let rig: BrowserRig;
  let tab: Tab;

  beforeAll(async () => {
    rig = await BrowserRig.open({ plugins: { sleeper: '' } });
    await rig.stage.act('start', 'sleeper');
    tab = await rig.signIn('/system');
  });

  afterAll(() => rig?.[Symbol.asyncDispose]());

  async function untilDrawn(page: Page): Promise<void> {
    await expect
      .poll(() => page.evaluate(`${INKS}.filter((count) => count > 1).length`), { timeout: PAGE_LIMIT_MS })
      .toBe(5);
  }

  test('five plots are drawn, and each is told in words', async () => {
    const { page } = tab;
    await untilDrawn(page);
    for (const name of ['Processor', 'Memory', 'Load', 'Network', 'Disks']) {
      const plot = page.getByRole('img', {
        name: new RegExp(`^${name} in the last hour: .* now .*, at least .*, at most`),
      });
      await plot.waitFor();
    }
    expect(await axe(page)).toEqual([]);
  });

  test('what the machine is, its disks, and the processes of plugins are told', async () => {
    const { page } = tab;
    await page.locator('.fact', { hasText: 'Kernel' }).waitFor();
    await page.getByRole('region', { name: 'Disks' }).getByText('%').first().waitFor();
    const processes = page.getByRole('region', { name: 'Processes of plugins' });
    await processes
      .getByRole('row', { name: /sleeper/ })
      .first()
      .waitFor();
    await rig.stage.act('stop', 'sleeper');
    await processes.getByRole('row', { name: /sleeper/ }).waitFor({ state: 'detached' });
  });

  test('dark, the plots have other colours', async () => {
    const { page } = tab;
    const ink = () => page.evaluate(`getComputedStyle(document.querySelector('.plot-ink-0')).color`);
    const before = await ink();
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(ink, { timeout: PAGE_LIMIT_MS }).not.toBe(before);
    await untilDrawn(page);
    expect(await axe(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'light' });
  });

  test('a tab that nobody sees asks for nothing, and goes on when it is seen again', async () => {
    const { page } = await rig.signIn('/plugins');
    await page.clock.install();
    const see = (state: string) =>
      page.evaluate(
        `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
         document.dispatchEvent(new Event('visibilitychange'))`,
      );
    let asked = 0;
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/api/system') asked += 1;
    });
    await page.goto('/system');
    await untilDrawn(page);
    await see('hidden');
    // What was asked before is known of when something that was asked later is answered.
    await page.evaluate(`fetch('/api/session').then((answer) => answer.text())`);
    const before = asked;
    await page.clock.runFor(60_000);
    await page.evaluate(`fetch('/api/session').then((answer) => answer.text())`);
    expect(asked).toBe(before);
    await see('visible');
    await expect.poll(() => asked, { timeout: PAGE_LIMIT_MS }).toBeGreaterThan(before);
    await page.context().close();
  });

  test('on a phone nothing hangs over the edge', async () => {
    const { page } = await rig.signIn('/system', { width: 390, height: 844 });
    await untilDrawn(page);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await axe(page)).toEqual([]);
    await page.context().close();
  });

  test('the browser had nothing to complain about', () => {
    expect(tab.complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });

  test('while torud is away it says that what is shown is old, and goes on by itself', async () => {
    const { page } = tab;
    await rig.stage.rig.kill();
    await page.getByText('What is shown is not of now').waitFor();
    await rig.stage.rig.start();
    await page.getByText('What is shown is not of now').waitFor({ state: 'detached' });
  });
});
