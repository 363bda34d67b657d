/** The list with five hundred plugins. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BROWSER_REASON, BrowserRig } from '../rig/browser.ts';

const COUNT = 500;

describe.skipIf(BROWSER_REASON !== undefined)(`five hundred plugins${BROWSER_REASON ?? ''}`, () => {
  let rig: BrowserRig;

  beforeAll(async () => {
    rig = await BrowserRig.open({
      plugins: { sleeper: '' },
      prepare: async ({ paths }) => {
        for (let index = 1; index < COUNT; index += 1) {
          const id = `plugin-${String(index).padStart(3, '0')}`;
          const folder = join(paths.pluginFolder, id);
          await mkdir(folder, { mode: 0o755 });
          await writeFile(join(folder, 'run'), '#!/bin/sh\nexec sleep infinity\n', { mode: 0o755 });
          const metadata = {
            id,
            name: id,
            version: '1.0.0',
            protocol: 1,
            transport: 'none',
            command: ['run'],
          };
          await writeFile(join(folder, 'plugin.json'), JSON.stringify(metadata), { mode: 0o644 });
        }
      },
    });
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  test('a change of one of them changes one row of the list, and the filter answers each key', async () => {
    const { page, complaints } = await rig.signIn();
    const rows = page.getByRole('rowheader');
    await expect.poll(() => rows.count(), { timeout: 30_000 }).toBe(COUNT + 1);
    // Rows that React touches are told of by the browser itself.
    await page.evaluate(`
      window.touched = new Set();
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const row = (target.nodeType === 1 ? target : target.parentElement)?.closest('tr');
          if (row) touched.add(row.querySelector('a')?.textContent);
        }
      }).observe(document.querySelector('tbody'), { subtree: true, childList: true, characterData: true, attributes: true });
    `);
    await rig.stage.act('start', 'sleeper');
    await page.getByRole('row', { name: /sleeper.*running/ }).waitFor();
    const touched = (await page.evaluate('[...touched]')) as readonly string[];
    expect(touched).toContain('sleeper');
    expect(touched.filter((id) => !['sleeper', 'web'].includes(id))).toEqual([]);
    await page.getByLabel('Filter plugins').pressSequentially('plugin-49');
    await expect.poll(() => rows.count(), { timeout: 30_000 }).toBe(10);
    await page.getByLabel('Filter plugins').fill('');
    await expect.poll(() => rows.count(), { timeout: 30_000 }).toBe(COUNT + 1);
    expect(complaints).toEqual([]);
  });
});
