/** Who is waited for, what each still lacks, and whether the waiting can end well at all. No I/O. */

import { limitText } from '../client/time-limit.ts';
import type { PluginStatus, WatchItem } from '../protocol/control/plugins.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import type { Condition } from './conditions.ts';

/** Pending plugins that a time-out names. */
const MAX_NAMED = 10;
/** A run's first lines may be a little older than torud's record of its start. */
const START_SLACK_MS = 5_000;

export class WaitRoom {
  readonly #conditions: readonly Condition[];
  readonly #allowNone: boolean;
  readonly #names: readonly string[];
  readonly #plugins = new Map<string, PluginStatus>();
  /** Runs that were there when the waiting began. */
  readonly #firstRunIds = new Map<string, number | null>();
  /** By plugin: the least id of a run whose lines count for `log~`. */
  readonly #firstLogRuns = new Map<string, number>();
  /** By plugin: the `log~` conditions that have matched. */
  readonly #matched = new Map<string, Set<Condition>>();
  #hasSnapshot = false;
  #removed: string | undefined;

  /** @param allowNone nobody to wait for is success, and no error @param names as they were given */
  constructor(conditions: readonly Condition[], allowNone: boolean, names: readonly string[] = []) {
    this.#conditions = conditions;
    this.#allowNone = allowNone;
    this.#names = names;
  }

  onWatched(item: WatchItem): void {
    if (item.kind === 'usage') return;
    if (item.kind === 'removed') {
      if (this.#plugins.has(item.id)) this.#removed = item.id;
      return;
    }
    if (item.kind === 'snapshot') {
      this.#plugins.clear();
      this.#hasSnapshot = true;
    }
    for (const plugin of item.kind === 'snapshot' ? item.plugins : [item.plugin]) {
      this.#plugins.set(plugin.id, plugin);
      if (this.#firstRunIds.has(plugin.id)) continue;
      this.#firstRunIds.set(plugin.id, plugin.runId);
      this.#firstLogRuns.set(plugin.id, plugin.runId ?? (plugin.lastExit?.runId ?? 0) + 1);
    }
  }

  /** The earliest start of a run that is there, RFC 3339; undefined before the snapshot, and without any. */
  earliestStart(nowMs: number): string | undefined {
    const ages = this.plugins.flatMap(({ uptimeMs }) => uptimeMs ?? []);
    if (ages.length === 0) return undefined;
    return new Date(nowMs - Math.max(...ages) - START_SLACK_MS).toISOString();
  }

  /** @param run id of the run that wrote it; a line of a run before the one that was there does not count */
  onLogged(plugin: string, message: string, run = Number.POSITIVE_INFINITY): void {
    if (run < (this.#firstLogRuns.get(plugin) ?? 0)) return;
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
      const hint = '--allow-none makes this no error';
      return errorBody('not_found', 'no plugin matches', { name: this.#names.join(' '), hint });
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
    const lacking = this.#lacking();
    const ids = [...new Set(lacking.map(({ plugin }) => plugin.id))];
    const named = new Set(ids.slice(0, MAX_NAMED));
    const pending = lacking
      .filter(({ plugin }) => named.has(plugin.id))
      .map(({ plugin, condition }) => `${plugin.id} ${condition.text} (is ${plugin.state})`);
    const more = ids.length > named.size ? ` and ${ids.length - named.size} more` : '';
    const what = pending.length === 0 ? 'the answer of torud' : `${pending.join(', ')}${more}`;
    const name = ids[0] ?? this.#names[0];
    return errorBody('timeout', `timed out after ${limitText(timeoutMs)}; pending: ${what}`, { name });
  }

  get plugins(): readonly PluginStatus[] {
    return [...this.#plugins.values()];
  }

  #lacking(): { plugin: PluginStatus; condition: Condition; verdict: 'no' | 'never' }[] {
    return this.plugins.flatMap((plugin) =>
      this.#conditions.flatMap((condition) => {
        const hasMatched = this.#matched.get(plugin.id)?.has(condition) === true;
        const verdict = condition.judge(plugin, hasMatched, this.#firstRunIds.get(plugin.id));
        return verdict === 'yes' ? [] : [{ plugin, condition, verdict }];
      }),
    );
  }
}
