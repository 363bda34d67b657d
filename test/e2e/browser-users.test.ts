/** Users, tokens, the own password and the audit in a browser. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axe, BROWSER_REASON, BrowserRig, type Tab } from '../rig/browser.ts';

const OLGA = { username: 'olga', password: 'the password of olga' };

describe.skipIf(BROWSER_REASON !== undefined)(`users in the console${BROWSER_REASON ?? ''}`, () => {
  let rig: BrowserRig;
  let tab: Tab;

  beforeAll(async () => {
    rig = await BrowserRig.open();
    tab = await rig.signIn('/users');
  });

  afterAll(() => rig?.[Symbol.asyncDispose]());

  const status = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${rig.url}/api/plugins`, { headers })).status;

  test('an admin adds a user, who then signs in with the role that was chosen', async () => {
    const { page } = tab;
    await page.getByRole('button', { name: 'Add a user', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('User name', { exact: true }).fill(OLGA.username);
    await dialog.getByLabel('Password', { exact: true }).fill(OLGA.password);
    await dialog.getByLabel('Role', { exact: true }).selectOption('operate');
    await dialog.getByText('toru web user add olga --role operate').waitFor();
    expect(await axe(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('row', { name: /olga operate/ }).waitFor();
    expect(await axe(page)).toEqual([]);
  });

  test('who is no admin sees the own account alone, and changes the own password', async () => {
    const { page } = await rig.signIn('/users', {}, OLGA);
    await page.getByRole('heading', { name: 'Your account', level: 1 }).waitFor();
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['Tokens', 'Your password']);
    await page.getByLabel('Current password').fill('not this one');
    await page.getByLabel('New password').fill('another one of olga');
    await page.getByRole('button', { name: 'Change it', exact: true }).click();
    await page.getByText('The current password is wrong').waitFor();
    await page.getByLabel('Current password').fill(OLGA.password);
    await page.getByRole('button', { name: 'Change it', exact: true }).click();
    await page.getByText('Your password is changed').waitFor();
    expect(await axe(page)).toEqual([]);
    await page.context().close();
    const again = await rig.signIn('/users', {}, { ...OLGA, password: 'another one of olga' });
    await again.page.context().close();
  });

  test('a token is shown once, works, and is refused when it was removed', async () => {
    const { page } = tab;
    await page.getByRole('tab', { name: 'Tokens' }).click();
    await page.getByText('No tokens yet.').waitFor();
    await page.getByRole('button', { name: 'Make a token', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('backup');
    await dialog.getByLabel('Days', { exact: true }).fill('7');
    await dialog.getByRole('button', { name: 'Make it', exact: true }).click();
    const token = await page.locator('.new-token-text').innerText();
    expect(token).toMatch(/^toru_/);
    expect(await axe(page)).toEqual([]);
    const headers = { authorization: `Bearer ${token}` };
    expect(await status(headers)).toBe(200);
    await page.getByRole('row', { name: /backup admin view all in [67] days/ }).waitFor();
    await page.reload();
    await page.getByRole('tab', { name: 'Tokens' }).click();
    await page.getByRole('row', { name: /backup/ }).waitFor();
    expect(await page.content()).not.toContain(token);
    await page.getByRole('button', { name: 'Remove the token backup', exact: true }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('No tokens yet.').waitFor();
    expect(await status(headers)).toBe(401);
  });

  test('another role is chosen, and the last admin cannot be removed', async () => {
    const { page } = tab;
    await page.getByRole('tab', { name: 'Users' }).click();
    await page.getByRole('button', { name: 'Role of olga', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Role', { exact: true }).selectOption('view');
    await page.getByRole('dialog').getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByRole('row', { name: /olga view/ }).waitFor();
    await page.getByRole('button', { name: 'Remove admin', exact: true }).click();
    const question = page.getByRole('alertdialog');
    await question.getByText('This is you').waitFor();
    await question.getByText('This is the last admin').waitFor();
    expect(await question.getByRole('button', { name: 'Remove', exact: true }).isDisabled()).toBe(true);
    await question.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Remove olga', exact: true }).click();
    await question.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('row', { name: /olga/ }).waitFor({ state: 'detached' });
  });

  test('the audit tells who did what, and who tried to sign in', async () => {
    const { page } = tab;
    await fetch(`${rig.url}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"username":"mallory","password":"a guess"}',
    });
    await page.getByRole('tab', { name: 'Audit' }).click();
    await page.getByRole('row', { name: /admin .* user\.remove olga ok/ }).waitFor();
    await page.getByLabel('Show', { exact: true }).selectOption('attempts to sign in');
    await page.getByRole('row', { name: /mallory .* sign-in denied/ }).waitFor();
    await page.getByRole('row', { name: /user\.remove/ }).waitFor({ state: 'detached' });
    expect(await axe(page)).toEqual([]);
  });

  test('on a phone nothing hangs over the edge', async () => {
    const { page } = await rig.signIn('/users', { width: 390, height: 844 });
    for (const name of ['Users', 'Tokens', 'Your password', 'Audit']) {
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
