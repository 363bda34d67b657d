/** Groups of plugins: those that torud.toml `[groups]` makes, and those that plugins say themselves to be in. */

import { Glob, isGlob } from '../base/glob.ts';
import type { CatalogEntry } from './settings.ts';

export interface GroupSources {
  /** `[groups]` of the configuration in force: ids and globs by the name of a group. */
  declared(): Readonly<Record<string, readonly string[]>>;
  entries(): readonly CatalogEntry[];
  get(id: string): CatalogEntry | undefined;
}

type Member = (id: string) => boolean;

/** Names are without the `@`. Always of now: a reload or a scan takes effect at the next question. */
export class PluginGroups {
  readonly #sources: GroupSources;
  #declared: ReturnType<GroupSources['declared']> | undefined;
  #members: ReadonlyMap<string, Member> = new Map();

  constructor(sources: GroupSources) {
    this.#sources = sources;
  }

  /** All groups that there are, sorted; one without a member counts when torud.toml names it. */
  names(): readonly string[] {
    const own = this.#sources.entries().flatMap((entry) => entry.settings.groups);
    return [...new Set([...this.#compiled().keys(), ...own])].sort();
  }

  /** True when the plugin is in the group. It need not be installed any more for what torud.toml says of it. */
  has(group: string, id: string): boolean {
    if (this.#compiled().get(group)?.(id) === true) return true;
    return this.#sources.get(id)?.settings.groups.includes(group) === true;
  }

  /** The groups of a plugin, sorted. */
  of(id: string): readonly string[] {
    const own = this.#sources.get(id)?.settings.groups ?? [];
    const declared = [...this.#compiled()].flatMap(([name, isMember]) => (isMember(id) ? [name] : []));
    if (declared.length === 0 && own.length < 2) return own;
    return [...new Set([...own, ...declared])].sort();
  }

  /** Patterns are read once a configuration. */
  #compiled(): ReadonlyMap<string, Member> {
    const declared = this.#sources.declared();
    if (declared !== this.#declared) {
      this.#declared = declared;
      this.#members = new Map(Object.entries(declared).map(([name, words]) => [name, memberTest(words)]));
    }
    return this.#members;
  }
}

function memberTest(words: readonly string[]): Member {
  const exact = new Set(words.filter((word) => !isGlob(word)));
  const globs = words.filter(isGlob).map((word) => new Glob(word));
  return (id) => exact.has(id) || globs.some((glob) => glob.matches(id));
}
