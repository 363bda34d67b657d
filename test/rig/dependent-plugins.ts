/** Plugins that need each other on a PluginStage, and what became of them in which order. */

import { SILENT_SCRIPT, writePlugin } from './plugin-fixture.ts';
import { PluginStage } from './plugin-stage.ts';

/** A plugin without a protocol: what it needs, and what of it is out of the ordinary. */
export interface Installed {
  readonly needs?: readonly unknown[];
  readonly version?: string;
  readonly script?: string;
  readonly more?: Readonly<Record<string, unknown>>;
  readonly dropIn?: string;
}

/** db ← crm ← web ← ui, each needing the one before it. */
export const SHOP: Readonly<Record<string, Installed>> = {
  db: { version: '1.2.0' },
  crm: { needs: ['db@^1.0'] },
  web: { needs: [{ plugin: 'crm', version: '^1.0' }] },
  ui: { needs: ['web'] },
};

/** Writes the plugin into the plugin folder. */
export async function install(stage: PluginStage, id: string, plugin: Installed): Promise<void> {
  const { needs = [], version = '1.0.0', script = SILENT_SCRIPT, more = {}, dropIn } = plugin;
  const metadata = { version, api: { dependencies: needs }, ...more };
  await writePlugin(stage.paths, { id, script, metadata, ...(dropIn === undefined ? {} : { dropIn }) });
}

/** A root with these plugins, and torud running on it. */
export async function openWith(plugins: Readonly<Record<string, Installed>>): Promise<PluginStage> {
  const stage = await PluginStage.make();
  try {
    for (const [id, plugin] of Object.entries(plugins)) await install(stage, id, plugin);
    await stage.rig.start();
    return stage;
  } catch (thrown) {
    await stage[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** `started db`, `ready db`, …, oldest first. */
export async function history(
  stage: PluginStage,
  types: readonly string[],
  afterId = 0,
): Promise<readonly string[]> {
  const events = await stage.events();
  return events
    .filter(({ id, type }) => id > afterId && types.includes(type))
    .map(({ type, plugin }) => `${type} ${plugin}`);
}

/** Id of the newest event, to ask for what comes after it. */
export async function lastEventId(stage: PluginStage): Promise<number> {
  return (await stage.events()).at(-1)?.id ?? 0;
}

export async function states(stage: PluginStage, ids: readonly string[]): Promise<readonly string[]> {
  return Promise.all(ids.map(async (id) => (await stage.status(id)).state));
}
