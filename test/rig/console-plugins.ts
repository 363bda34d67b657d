/** Plugins that the console has something to show of, written into a stage before or while torud runs on it. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SILENT_SCRIPT, writePlugin } from './plugin-fixture.ts';
import type { PluginStage } from './plugin-stage.ts';

/** A plugin with a page of its own: `mount` writes one line into the container. */
export async function installWithPage(stage: PluginStage, id: string, name: string): Promise<void> {
  const metadata = { name, bundle: 'frontend/bundle.js', icon: 'icon.svg' };
  const folder = await writePlugin(stage.paths, { id, script: SILENT_SCRIPT, metadata });
  await mkdir(join(folder, 'frontend'), { mode: 0o755 });
  const bundle = `export function mount(container) { container.textContent = 'page of ${id}'; }
export function unmount(container) { container.textContent = ''; }
`;
  await writeFile(join(folder, 'frontend/bundle.js'), bundle, { mode: 0o644 });
  const icon =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4"/></svg>';
  await writeFile(join(folder, 'icon.svg'), icon, { mode: 0o644 });
}

/** A plugin that does nothing, and needs others. */
export async function installNeeding(
  stage: PluginStage,
  id: string,
  needs: readonly string[],
): Promise<void> {
  await writePlugin(stage.paths, { id, script: SILENT_SCRIPT, metadata: { api: { dependencies: needs } } });
}
