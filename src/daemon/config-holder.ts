/** The configuration in force, and the one way to replace it. */

import type { DaemonReloadResult } from '../protocol/control/daemon.ts';
import { type ErrorBody, errorBody } from '../protocol/errors.ts';
import { failure, type Result, success } from '../protocol/result.ts';
import { type DaemonConfig, loadConfig, type SettingsProblem } from './base/config.ts';
import type { Catalog } from './catalog/catalog.ts';

export class ConfigHolder {
  #config: DaemonConfig;

  constructor(config: DaemonConfig) {
    this.#config = config;
  }

  get current(): DaemonConfig {
    return this.#config;
  }

  /** What `reload` would change, or why it would not; nothing is put into force. */
  async preview(catalog: Catalog): Promise<Result<DaemonReloadResult, ErrorBody>> {
    const loaded = await loadConfig(this.#config.file);
    if (!loaded.ok) return failure(invalid([loaded.failure]));
    const changed = await catalog.reloadSettings(loaded.value);
    return changed.ok ? success({ changed: changed.value }) : failure(invalid(changed.failure));
  }

  /** Reads torud.toml and the drop-ins again. With an error in any of them nothing changes. */
  async reload(catalog: Catalog): Promise<Result<DaemonReloadResult, ErrorBody>> {
    const before = this.#config;
    const loaded = await loadConfig(before.file);
    if (!loaded.ok) return failure(invalid([loaded.failure]));
    this.#config = loaded.value;
    const changed = await catalog.reloadSettings();
    if (changed.ok) return success({ changed: changed.value });
    this.#config = before;
    return failure(invalid(changed.failure));
  }
}

function invalid(problems: readonly SettingsProblem[]): ErrorBody {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return errorBody('invalid', `${first?.message ?? 'settings are not valid'}${more}`, {
    hint: 'nothing was changed; mend it and run "toru daemon reload" again',
  });
}
