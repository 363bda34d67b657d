/** Bundles of plugins' pages for tests, by what they do; and plugins that have them. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginStage } from './plugin-stage.ts';

/** Each counts in `window.seen` what became of it. */
const SEEN = `
  const seen = (window.seen ??= []);
`;

export const PAGE_BUNDLES = {
  works: `${SEEN}
    export function mount(container) { seen.push('mount'); container.textContent = 'first edition'; }
    export function unmount() { seen.push('unmount'); }`,
  'throws-at-mount': `export function mount() { throw new Error('no <b>way</b>'); }`,
  'rejects-at-mount': `export async function mount(container) {
      container.textContent = 'half of it';
      throw new Error('not today');
    }`,
  'throws-nothing-readable': `export function mount() { throw Object.create(null); }`,
  'throws-at-import': `throw new Error('not even loaded');`,
  'is-no-javascript': `export function mount( {`,
  'is-no-module': `<!doctype html><p>Not found</p>`,
  'has-no-mount': `export default { mount() {} };`,
  'never-mounts': `${SEEN}
    export function mount(container) { seen.push('mount'); return new Promise((resolve) => { window.finish = resolve; }); }
    export function unmount() { seen.push('unmount'); }`,
  'throws-at-unmount': `export function mount(container) { container.textContent = 'all is well'; }
    export function unmount() { throw new Error('will not go'); }`,
  'has-no-unmount': `export function mount(container) { container.textContent = 'all is well'; }`,
  'throws-later': `export function mount(container) {
      const button = document.createElement('button');
      button.textContent = 'Break';
      button.onclick = () => {
        setTimeout(() => { throw new Error('in a timer'); });
        Promise.reject(new Error('in a promise'));
      };
      container.append(button);
    }`,
  'throws-all-the-time': `export function mount(container) {
      container.textContent = 'noisy';
      container.timer = setInterval(() => { for (let at = 0; at < 50; at += 1) setTimeout(() => { throw new Error('again'); }); }, 10);
    }
    export function unmount(container) { clearInterval(container.timer); }`,
  'fills-everything': `export function mount(container) {
      const cover = document.createElement('div');
      cover.textContent = 'x'.repeat(200_000);
      Object.assign(cover.style, { position: 'fixed', inset: '0', zIndex: '99999', background: 'red', width: '300vw', height: '300vh' });
      container.append(cover);
    }`,
  'reaches-out': `export async function mount(container, api) {
      const told = async (what, work) => {
        const line = document.createElement('p');
        try { line.textContent = what + ': ' + await work(); } catch (thrown) { line.textContent = what + ': ' + thrown.name + ' ' + (thrown.code ?? ''); }
        container.append(line);
      };
      await told('other origin', async () => (await api.fetch('https://example.org/')).status);
      await told('no scheme', async () => (await api.fetch('//example.org/')).status);
      await told('above', async () => (await api.fetch('../../users')).status);
      await told('encoded', async () => (await api.fetch('%2e%2e/%2e%2e/users')).status);
      await told('api', async () => (await api.fetch('/api/users')).status);
      await told('away', async () => api.navigate('https://example.org/'));
      await told('to the api', async () => api.navigate('/api/logout'));
      await told('set', async () => api.kv.set('colour', 'red', { ifVersion: 0 }));
      await told('set again', async () => api.kv.set('colour', 'blue', { ifVersion: 0 }));
      await told('get', async () => JSON.stringify(await api.kv.get('colour')));
      await told('list', async () => JSON.stringify(await api.kv.list('col')));
      await told('delete', async () => JSON.stringify([await api.kv.delete('colour'), await api.kv.delete('colour')]));
      api.showToast('greetings from <i>the page</i>', 'success');
      const button = document.createElement('button');
      button.textContent = 'Go';
      button.onclick = () => api.navigate('/plugins/page-reaches-out/events');
      container.append(button);
    }`,
} as const;

export type PageBundle = keyof typeof PAGE_BUNDLES;

/** Installs the plugin `page-NAME`, which does nothing but have that page; undefined: its bundle is missing. */
export async function installPage(
  stage: PluginStage,
  name: string,
  bundle: string | undefined,
): Promise<void> {
  const id = `page-${name}`;
  const folder = await stage.install(`sleeper/${id}`);
  const manifest = join(folder, 'plugin.json');
  const metadata = JSON.parse(await readFile(manifest, 'utf8')) as object;
  await writeFile(
    manifest,
    JSON.stringify({ ...metadata, name: `Page ${name}`, bundle: 'frontend/bundle.js' }),
  );
  if (bundle === undefined) return;
  await mkdir(join(folder, 'frontend'));
  await writeFile(join(folder, 'frontend/bundle.js'), bundle);
}

/** Another bundle in its place. */
export function changePage(stage: PluginStage, name: PageBundle, bundle: string): Promise<void> {
  return writeFile(join(stage.paths.pluginFolder, `page-${name}`, 'frontend/bundle.js'), bundle);
}
