/**
 * A real torud with the plugin `web` on a free port, as `npm run build` made them, and Debian's Chromium in front of it.
 * One Chromium a rig, with a profile of its own; each page that is opened is a browser of its own, without the others' cookies.
 */

import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axeCore from 'axe-core';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { writeDropIn } from './plugin-fixture.ts';
import { PluginStage } from './plugin-stage.ts';
import { CHECKOUT } from './programs.ts';
import { ADMIN } from './web-rig.ts';

const CHROMIUM = '/usr/bin/chromium';

/** Why there are no browser tests, for a test's title; undefined: there are. */
export const BROWSER_REASON: string | undefined = existsSync(CHROMIUM)
  ? undefined
  : ' (skipped: no /usr/bin/chromium)';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Longest wait of a page for anything, in milliseconds: machines are loaded. */
export const PAGE_LIMIT_MS = 30_000;

export interface BrowserRigOptions {
  /** Fixture plugins, as PluginStage.open takes them: id → drop-in. */
  readonly plugins?: Readonly<Record<string, string>>;
  /** Appended to torud.toml. */
  readonly config?: string;
  /** Lines for [environment] of web's drop-in. */
  readonly environment?: string;
  /** Before torud starts. */
  prepare?(stage: PluginStage): Promise<void>;
}

export interface Viewer {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  /** Further settings of the browser. */
  readonly more?: BrowserContextOptions;
}

export type { BrowserContext, Page } from 'playwright-core';

/** A page that was opened, and what it has complained about. */
export interface Tab {
  readonly page: Page;
  /** Errors and warnings of its console, exceptions, and violations of the Content-Security-Policy; no answers with an error status. */
  readonly complaints: readonly string[];
}

export class BrowserRig implements AsyncDisposable {
  readonly stage: PluginStage;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly #browser: Browser;
  readonly #folder: string;
  readonly #environment: string;

  private constructor(
    stage: PluginStage,
    url: string,
    browser: Browser,
    folder: string,
    environment: string,
  ) {
    this.stage = stage;
    this.url = url;
    this.#browser = browser;
    this.#folder = folder;
    this.#environment = environment;
  }

  static async open(options: BrowserRigOptions = {}): Promise<BrowserRig> {
    const { environment = '' } = options;
    const stage = await PluginStage.make(options.config ?? '');
    const folder = await mkdtemp(join(tmpdir(), 'toru-chromium-'));
    try {
      for (const [id, dropIn] of Object.entries(options.plugins ?? {})) await stage.install(id, dropIn);
      await options.prepare?.(stage);
      await installWeb(stage, environment);
      await stage.rig.start();
      const started = await stage.act('enable', 'web');
      if (started.error !== undefined) {
        throw new Error(`web: ${started.error.message}\n${await webLog(stage)}`);
      }
      const browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ARGUMENTS,
        timeout: 2 * PAGE_LIMIT_MS,
        env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, TZ: 'UTC' },
      });
      return new BrowserRig(stage, await addressOf(stage), browser, folder, environment);
    } catch (thrown) {
      await stage[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      throw thrown;
    }
  }

  /** A browser of its own, with no page yet: tabs of it share cookies. */
  async newBrowser(viewer: Viewer = {}): Promise<BrowserContext> {
    const { width = 1280, height = 800, colorScheme = 'light', more = {} } = viewer;
    const context = await this.#browser.newContext({
      baseURL: this.url,
      viewport: { width, height },
      colorScheme,
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'UTC',
      ...more,
    });
    context.setDefaultTimeout(PAGE_LIMIT_MS);
    return context;
  }

  /** A tab of that browser, or of one of its own, on no page yet. */
  async newTab(viewer: Viewer | BrowserContext = {}): Promise<Tab> {
    const context = 'newPage' in viewer ? viewer : await this.newBrowser(viewer);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      const isStatus = message.text().startsWith('Failed to load resource');
      if (['error', 'warning'].includes(message.type()) && !isStatus) complaints.push(message.text());
    });
    page.on('pageerror', (thrown) => complaints.push(thrown.message));
    return { page, complaints };
  }

  /** A tab where somebody has signed in, on that page of the console. */
  async signIn(path = '/plugins', viewer: Viewer | BrowserContext = {}, user = ADMIN): Promise<Tab> {
    const tab = await this.newTab(viewer);
    await tab.page.goto(path);
    await fillSignIn(tab.page, user);
    await tab.page.locator('#main').waitFor();
    return tab;
  }

  /** From its next start on, web listens on the port that it has now. */
  async keepPort(): Promise<void> {
    await writeWebDropIn(this.stage, Number(new URL(this.url).port), this.#environment);
    await this.stage.act('restart', 'web');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#browser.close();
    } finally {
      await this.stage[Symbol.asyncDispose]();
      await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

/** Fills the sign-in form and sends it. */
export async function fillSignIn(page: Page, { username, password } = ADMIN): Promise<void> {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** What axe finds on the page: `serious color-contrast: .dim`. Empty when nothing. */
export async function axe(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeCore.source);
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    violations: readonly { impact: string; id: string; nodes: readonly { html: string }[] }[];
  };
  return violations.flatMap(({ impact, id, nodes }) =>
    nodes.map(({ html }) => `${impact} ${id}: ${html.slice(0, 200)}`),
  );
}

async function installWeb(stage: PluginStage, environment: string): Promise<void> {
  await cp(join(CHECKOUT, 'dist/plugins/web'), join(stage.paths.pluginFolder, 'web'), { recursive: true });
  await writeWebDropIn(stage, 0, environment);
}

async function writeWebDropIn(stage: PluginStage, port: number, environment: string): Promise<void> {
  const lines = [
    '[environment]',
    `STEERING_PORT = "${port}"`,
    `ADMIN_PASSWORD = "${ADMIN.password}"`,
    environment,
  ];
  await writeDropIn(stage.paths, 'web', `${lines.join('\n')}\n`);
}

/** Where web says that it listens, in its newest run. */
async function addressOf(stage: PluginStage): Promise<string> {
  const { runId } = await stage.status('web');
  await stage.untilLine('web', 'listening on');
  const log = await webLog(stage);
  for (const line of log.trim().split('\n').toReversed()) {
    const { run, message } = JSON.parse(line) as { run: number; message: string };
    const said = /listening on (\S+)/.exec(message)?.[1];
    if (run === runId && said !== undefined) return said;
  }
  throw new Error(`web says nowhere where it listens:\n${log}`);
}

function webLog({ paths }: PluginStage): Promise<string> {
  return readFile(join(paths.pluginLogFolder, 'web.log'), 'utf8');
}
