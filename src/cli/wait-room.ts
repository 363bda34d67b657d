/** Who is waited for, what each still lacks, and whether the waiting can end well at all. No I/O. */

import type { PluginStatus, WatchItem } from '../protocol/control/plugins.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import type { Condition } from './conditions.ts';

export class WaitRoom {
  readonly #conditions: readonly Condition[];
  readonly #allowNone: boolean;
  readonly #plugins = new Map<string, PluginStatus>();
  /** By plugin: the `log~` conditions that have matched. */
  readonly #matched = new Map<string, Set<Condition>>();
  #hasSnapshot = false;
  #removed: string | undefined;

  /** @param allowNone nobody to wait for is success, and no error */
  constructor(conditions: readonly Condition[], allowNone: boolean) {
    this.#conditions = conditions;
    this.#allowNone = allowNone;
  }

  onWatched(item: WatchItem): void {
    if (item.kind === 'removed') {
      if (this.#plugins.has(item.id)) this.#removed = item.id;
      return;
    }
    if (item.kind === 'snapshot') {
      this.#plugins.clear();
      this.#hasSnapshot = true;
    }
    for (const plugin of item.kind === 'snapshot' ? item.plugins : [item.plugin])
      this.#plugins.set(plugin.id, plugin);
  }

  onLogged(plugin: string, message: string): void {
    for (const condition of this.#conditions) {
      if (condition.pattern?.test(message) !== true) continue;
      const matched = this.#matched.get(plugin) ?? new Set();
      this.#matched.set(plugin, matched.add(condition));
    }
  }

  /** True when every plugin fulfils every condition now. */
  get isFulfilled(): boolean {
    return this.#hasSnapshot && this.impossibility === undefined && this.#lacking().length === 0;
  }

  /** Why it cannot come true, or undefined while it can. */
  get impossibility(): ErrorBody | undefined {
    if (this.#removed !== undefined) return errorBody('not_found', 'it was removed', { name: this.#removed });
    if (this.#hasSnapshot && this.#plugins.size === 0 && !this.#allowNone) {
      return errorBody('not_found', 'no plugin matches', { hint: '--allow-none makes this no error' });
    }
    const hopeless = this.#lacking().find(({ verdict }) => verdict === 'never');
    if (hopeless === undefined) return undefined;
    const { plugin, condition } = hopeless;
    const code = plugin.state === 'invalid' ? 'invalid' : 'failed';
    const message = `it can't become ${condition.text}: it is ${plugin.state}: ${plugin.reason}`;
    return errorBody(code, message, { name: plugin.id, hint: `see "toru why ${plugin.id}"` });
  }

  /** The error for a time limit that has passed: what is pending, and how things are. */
  timeout(timeoutMs: number): ErrorBody {
    const pending = this.#lacking().map(
      ({ plugin, condition }) => `${plugin.id} ${condition.text} (is ${plugin.state})`,
    );
    const what = pending.length === 0 ? 'the answer of torud' : pending.join(', ');
    return errorBody('timeout', `timed out after ${timeoutMs / 1000} s; pending: ${what}`);
  }

  get plugins(): readonly PluginStatus[] {
    return [...this.#plugins.values()];
  }

  #lacking(): { plugin: PluginStatus; condition: Condition; verdict: 'no' | 'never' }[] {
    return this.plugins.flatMap((plugin) =>
      this.#conditions.flatMap((condition) => {
        const verdict = condition.judge(plugin, this.#matched.get(plugin.id)?.has(condition) === true);
        return verdict === 'yes' ? [] : [{ plugin, condition, verdict }];
      }),
    );
  }
}
