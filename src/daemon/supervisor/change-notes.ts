/** The events of what changed in the plugin folder: by whom, where somebody asked for it, else as torud saw it. */

import { formatTime } from '../base/clock.ts';
import type { AskedChange } from '../catalog/asked-change.ts';
import { ranText } from './actor-text.ts';
import type { CatalogView } from './catalog-view.ts';
import { DAEMON } from './machine-model.ts';
import type { PluginRunner } from './plugin-runner.ts';
import type { RunnerSurroundings } from './runner-surroundings.ts';

export class ChangeNotes {
  readonly #around: RunnerSurroundings;
  /** Changes that were asked for and have not shown in the catalogue yet, by plugin. */
  readonly #expected = new Map<string, AskedChange>();

  constructor(around: RunnerSurroundings) {
    this.#around = around;
  }

  /** Runs the work. What it changes for the plugin is told as `change`; so is a change that the catalogue does not see. */
  async during(id: string, change: AskedChange, work: () => Promise<unknown>): Promise<void> {
    this.#expected.set(id, change);
    try {
      await work();
    } finally {
      this.#tellExpected(id);
    }
  }

  /** Tells a change that a torud before this one made, unless that one did. */
  recall(id: string, change: AskedChange): void {
    const { writer, stores } = this.#around;
    const newest = writer.read(() =>
      stores.events.read({ plugins: [id], types: [change.type], limit: 1 }),
    )?.[0];
    // Who asked is part of it, process and all: the same words twice are the same request.
    if (newest?.reason === ranText(change.actor, change.verb, change.subject)) return;
    this.#expected.set(id, change);
    this.#tellExpected(id);
  }

  /** The catalogue has it for the first time. */
  welcome(runner: PluginRunner, view: CatalogView): void {
    if (view.kind !== 'entry' || this.#tellExpected(runner.id)) return;
    const { version, name } = view.entry.metadata;
    runner.note('installed', `${name} ${version} appeared in the plugin folder`, DAEMON, { version });
  }

  changed(runner: PluginRunner, before: CatalogView, after: CatalogView): void {
    const isRefused =
      after.kind === 'refused' && (before.kind !== 'refused' || before.reason !== after.reason);
    if (isRefused) {
      runner.note('changed', `refused: ${after.reason}`, DAEMON);
    } else if (after.kind === 'gone' && before.kind !== 'gone') {
      if (this.#tellExpected(runner.id)) return;
      runner.note('removed', 'its files were taken out of the plugin folder', DAEMON);
    } else if (after.kind === 'entry' && before.kind === 'entry') {
      if (before.entry.digest === after.entry.digest || this.#tellExpected(runner.id)) return;
      const versions = { from: before.entry.metadata.version, to: after.entry.metadata.version };
      runner.note('changed', `its files changed (${versions.from} to ${versions.to})`, DAEMON, versions);
    } else if (after.kind === 'entry' && !this.#tellExpected(runner.id)) {
      const { name, version } = after.entry.metadata;
      runner.note('installed', `${name} ${version} is valid now`, DAEMON);
    }
  }

  /** False when nobody asked for a change of this plugin. */
  #tellExpected(id: string): boolean {
    const change = this.#expected.get(id);
    if (change === undefined) return false;
    this.#expected.delete(id);
    const { writer, stores, bus, clock } = this.#around;
    const { type, verb, subject, actor, details } = change;
    const at = formatTime(clock.now());
    const reason = ranText(actor, verb, subject);
    writer.record(() => {
      const event = stores.events.append({ at, plugin: id, type, reason, actor, details });
      return () => bus.publish('event-written', event);
    });
    return true;
  }
}
