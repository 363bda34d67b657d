/** The programs in the authors' README do what it says of them. */

import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundlePlugin } from '../rig/plugin-bundle.ts';
import { CHECKOUT } from '../rig/programs.ts';
import { ScriptedCore } from '../rig/scripted-core.ts';

let folder: string;
let core: ScriptedCore | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toru-readme-'));
});

afterEach(async () => {
  await core?.dispose();
  core = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** The first code block of that language, as it stands in the README. */
async function blockOf(language: string): Promise<string> {
  const text = await readFile(join(CHECKOUT, 'plugins/README.md'), 'utf8');
  const block = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(text)?.[1];
  if (block === undefined) throw new Error(`no block of ${language}`);
  return block;
}

async function program(text: string): Promise<string> {
  const path = join(folder, 'tiny');
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

describe.each([
  ['python', 10, 'socket'],
  ['bash', 15, 'stdio'],
] as const)('the plugin in %s', (language, lines, transport) => {
  it(`has ${lines} lines at most, counted without blank ones`, async () => {
    const block = await blockOf(language);
    expect(block.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(lines);
  });

  it('does all that a plugin must', async () => {
    core = await ScriptedCore.start({ command: [await program(await blockOf(language))], transport });
    const peer = await core.init();
    expect(await peer.request('health')).toEqual({ status: 'healthy' });
    expect(await peer.request('weather')).toMatchObject({ error: { code: 'unknown_type' } });
    expect(await peer.request('lifecycle', { action: 'reload', config: {} })).toMatchObject({
      error: { code: 'unknown_type' },
    });
    const http = { method: 'GET', path: '/tiny', query: '', headers: {} };
    const answers = await Promise.all([peer.request('http', http), peer.request('http', http, { later: 1 })]);
    expect(answers).toMatchObject([{ body: 'Hello\n' }, { status: 200 }]);
    if (transport === 'socket') peer.close();
    const second = await core.init(true);
    expect(second.messages.every(({ timestamp }) => !Number.isNaN(Date.parse(timestamp ?? '')))).toBe(true);
    expect(await core.shutdown(second)).toEqual({ code: 0, signal: null });
  });
});

describe('the plugin with the SDK', () => {
  it('does what it says', async () => {
    await bundlePlugin('plugins/sdk/index.ts', join(folder, 'sdk.cjs'));
    await copyFile(await program(await blockOf('js')), join(folder, 'tiny.cjs'));
    core = await ScriptedCore.start({ command: [join(folder, 'tiny.cjs')], config: { name: 'Ada' } });
    core.store.values.set('visits', { value: '3', version: 1 });
    const peer = await core.init();
    await core.outputMatches(/<6>hello, Ada\n/);
    const http = { method: 'GET', path: '/tiny', query: '', headers: {} };
    expect(await peer.request('http', http)).toMatchObject({ body: '3 visits\n' });
    expect(await core.shutdown(peer)).toEqual({ code: 0, signal: null });
  });
});
