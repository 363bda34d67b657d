/**
 * Takes pictures of the browser console into docs/: a real torud with made-up plugins, web in front of it, Chromium before that.
 * Needs what `npm run build` made, and /usr/bin/chromium.
 *
 *   node scripts/screens-web.mts [FOLDER]
 */

import { cp, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BrowserRig, type Page, type Tab, type Viewer } from '../test/rig/browser.ts';
import type { PluginStage } from '../test/rig/plugin-stage.ts';
import { CHECKOUT } from '../test/rig/programs.ts';
import { writeScripts } from '../test/rig/script-files.ts';
import { installPlugins, startPlugins } from './screen-plugins.mts';

const MAX_BYTES = 150_000;
const FRONT = 'shop';
const WIDE: Viewer = { width: 1180, height: 720 };
const PHONE: Viewer = { width: 390, height: 780 };

const SCHEDULES = `
[[schedule]]
name = "nightly"
script = "backup.sh"
args = ["--all"]
cron = "30 2 * * *"

[[schedule]]
name = "tidy"
script = "rotate-reports.sh"
cron = "0 4 * * sun"
`;

const SCRIPTS = {
  'backup.sh': '# Copies all stores to the other machine\necho "copied 3 stores, 41 MB"',
  'rotate-reports.sh': '# Throws reports away that are older than a month\necho "nothing to do"',
  'warm-cache.sh':
    '# Asks for every page once\ni=0; while [ $i -lt 900 ]; do i=$((i+1)); echo "page $i: 200"; sleep 1; done',
  'check-links.sh': '# Looks for links that lead nowhere\necho "3 links lead nowhere" >&2\nexit 1',
};

const ACTIONS = [
  { name: 'backup', title: 'Back up now', script: 'backup.sh' },
  {
    name: 'warm',
    title: 'Warm the cache',
    script: 'warm-cache.sh',
    icon: '♨',
    confirm: 'It takes a quarter of an hour. Begin?',
  },
];

interface Shot {
  readonly name: string;
  readonly path: string;
  /** A text that is there when the page is. */
  readonly shows: string | RegExp;
  readonly viewer?: Viewer;
  /** Seen without signing in. */
  readonly isPublic?: boolean;
  before?(page: Page): Promise<void>;
}

const SHOTS: readonly Shot[] = [
  { name: 'sign-in', path: '/', shows: 'User name', isPublic: true, viewer: { width: 720, height: 560 } },
  { name: 'plugins', path: '/plugins', shows: /retry/ },
  { name: 'plugins-dark', path: '/plugins', shows: /retry/, viewer: { ...WIDE, colorScheme: 'dark' } },
  { name: 'plugins-phone', path: '/plugins', shows: /retry/, viewer: { ...PHONE, colorScheme: 'dark' } },
  { name: 'plugin', path: '/plugins/analytics', shows: /analytics is in backoff/ },
  { name: 'crash', path: '/plugins/analytics/crashes', shows: /exit 7/, before: openFirstCrash },
  { name: 'tasks', path: '/tasks', shows: 'warm-cache.sh' },
  { name: 'system', path: '/system', shows: /Memory/ },
  { name: 'users', path: '/users', shows: 'watcher' },
  { name: 'view', path: '/plugins/hello/view', shows: 'Hello' },
];

/** Where a capsule has a page of its own, it is opened. */
async function openFirstCrash(page: Page): Promise<void> {
  const link = page.locator('#main table a, #main [role=tabpanel] a').first();
  if ((await link.count()) > 0) await link.click();
  await page.getByText('fatal: no backend, exiting').first().waitFor();
}

async function prepare(stage: PluginStage): Promise<void> {
  await installPlugins(stage, FRONT);
  await cp(join(CHECKOUT, 'dist/plugins/hello'), join(stage.paths.pluginFolder, 'hello'), {
    recursive: true,
  });
  await writeScripts(stage.paths, SCRIPTS);
}

async function live(rig: BrowserRig, page: Page): Promise<void> {
  await startPlugins(rig.stage, FRONT);
  for (const id of ['hello', FRONT, 'analytics']) await rig.stage.act('enable', id, { noBlock: true });
  for (const action of ACTIONS) await rig.stage.call('quickAction.set', { mode: 'create', ...action });
  for (const script of ['check-links.sh', 'backup.sh', 'warm-cache.sh'])
    await rig.stage.call('task.run', { script });
  const { csrfToken } = await (await page.request.get('/api/session')).json();
  for (const [name, role] of [
    ['ann', 'operate'],
    ['watcher', 'view'],
  ]) {
    await page.request.post('/api/users', {
      headers: { 'x-csrf-token': csrfToken },
      data: { name, role, password: 'only for the picture' },
    });
  }
}

/** The pictures are of any machine, not of the one that took them. */
async function hideMachine(page: Page): Promise<void> {
  await page.route(/\/api\/system(\?|$)/, async (route) => {
    const answer = await route.fetch();
    const said = await answer.json();
    const cpu = { ...said.cpu, model: 'Example 9 3.2 GHz' };
    await route.fulfill({ json: { ...said, hostname: 'web-03', kernel: '6.12.0-amd64', cpu } });
  });
}

async function take(rig: BrowserRig, shot: Shot, signedIn: Tab, folder: string): Promise<void> {
  const { name, path, shows, viewer = WIDE, isPublic = false, before } = shot;
  const { page } = isPublic ? await rig.newTab(viewer) : signedIn;
  await page.setViewportSize({ width: viewer.width ?? 1180, height: viewer.height ?? 720 });
  await page.emulateMedia({ colorScheme: viewer.colorScheme ?? 'light', reducedMotion: 'reduce' });
  await page.goto(path);
  await page.getByText(shows).filter({ visible: true }).first().waitFor();
  await before?.(page);
  await page.waitForLoadState('networkidle');
  // Figures of processes come a moment later.
  await page.waitForTimeout(2_500);
  await page.mouse.move(0, 0);
  const file = join(folder, `web-${name}.png`);
  await page.screenshot({ path: file });
  const { size } = await stat(file);
  console.log(`${file}: ${Math.ceil(size / 1000)} kB`);
  if (size > MAX_BYTES) throw new Error(`${file} has ${size} bytes, more than ${MAX_BYTES}`);
}

const folder = process.argv[2] ?? join(CHECKOUT, 'docs');
await mkdir(folder, { recursive: true });
await using rig = await BrowserRig.open({ config: SCHEDULES, prepare });
const signedIn = await rig.signIn('/plugins', WIDE);
await hideMachine(signedIn.page);
await live(rig, signedIn.page);
for (const shot of SHOTS) await take(rig, shot, signedIn, folder);
