/** The catalogue of the simulation: a few plugins with different restart settings, changed by steps. */

import type { Catalog } from '../../src/daemon/catalog/catalog.ts';
import type {
  CatalogEntry,
  Dependency,
  EffectiveSettings,
  RestartSettings,
} from '../../src/daemon/catalog/settings.ts';
import type { Refusal, ScanResult } from '../../src/protocol/control/plugins.ts';
import type { CatalogKind } from './steps.ts';

/** `dog` needs `ant` and would like `cat`; `elk` needs `dog` and `bee`. */
export const PLUGINS = ['ant', 'bee', 'cat', 'dog', 'elk'] as const;

/** `d1` and `d2` are versions that fit. */
const VERSIONS: Readonly<Record<string, string>> = {
  d1: '1.0.0',
  d2: '1.1.0',
  misfit: '2.0.0',
  circular: '1.2.0',
};

/** What a plugin needs in the version with this digest. */
export function dependenciesOf(id: string, digest: string): readonly Dependency[] {
  const needs = (plugin: string, range = '*', required = true): Dependency => ({ plugin, range, required });
  if (id === 'ant' && digest === 'circular') return [needs('elk')];
  if (id === 'dog') return [needs('ant', '^1.0.0'), needs('cat', '*', false)];
  if (id === 'elk') return [needs('dog'), needs('bee')];
  return [];
}

/** All that a plugin cannot be without, near or far. */
export const NEEDS: Readonly<Record<string, readonly string[]>> = {
  dog: ['ant'],
  elk: ['dog', 'bee', 'ant'],
};

/** All that cannot be without a plugin, near or far. */
export function neededBy(id: string): readonly string[] {
  return PLUGINS.filter((other) => NEEDS[other]?.includes(id));
}

const RESTART: RestartSettings = {
  policy: 'on-crash',
  delaysMs: [1000, 2000, 4000],
  jitter: 0,
  limit: 3,
  stableAfterMs: 10_000,
  successCodes: [0],
  noRestartCodes: [78],
};

const RESTART_OF: Readonly<Record<string, RestartSettings>> = {
  ant: RESTART,
  bee: { ...RESTART, policy: 'always', limit: null, delaysMs: [500], stableAfterMs: 0, noRestartCodes: [] },
  cat: { ...RESTART, limit: 1, jitter: 0.5, delaysMs: [3000, 100] },
};

export const START_TIMEOUT_MS = 5_000;
export const GRACE_MS = 2_000;

export function restartOf(plugin: string): RestartSettings {
  return RESTART_OF[plugin] ?? RESTART;
}

export class SimCatalog {
  readonly #views = new Map<string, { kind: CatalogKind; digest: string }>(
    PLUGINS.map((id) => [id, { kind: 'entry', digest: 'd1' }]),
  );

  readonly groups = { of: (): readonly string[] => [] };

  /** Itself under the name that the supervisor knows. */
  get asCatalog(): Catalog {
    return this as unknown as Catalog;
  }

  kindOf(id: string): CatalogKind {
    return this.#views.get(id)?.kind ?? 'gone';
  }

  get(id: string): CatalogEntry | undefined {
    const view = this.#views.get(id);
    return view?.kind === 'entry' ? entryOf(id, view.digest) : undefined;
  }

  entries(): readonly CatalogEntry[] {
    return PLUGINS.flatMap((id) => this.get(id) ?? []);
  }

  refusals(): readonly Refusal[] {
    return PLUGINS.filter((id) => this.kindOf(id) === 'refused').map((id) => ({
      id,
      path: `/plugins/${id}`,
      reason: `plugin.json: bad (${this.#views.get(id)?.digest})`,
    }));
  }

  /** True while plugins need each other in a circle. */
  get isCircular(): boolean {
    return this.#views.get('ant')?.digest === 'circular';
  }

  /** What it cannot be without now, by its own metadata. */
  needsOf(id: string): readonly string[] {
    const entry = this.get(id);
    return (entry?.dependencies ?? []).filter(({ required }) => required).map(({ plugin }) => plugin);
  }

  /** The same, near or far: also itself, while plugins need each other in a circle. */
  allNeedsOf(id: string): ReadonlySet<string> {
    const found = new Set<string>();
    const open = [id];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const fresh = this.needsOf(next).filter((need) => !found.has(need));
      for (const need of fresh) found.add(need);
      open.push(...fresh);
    }
    return found;
  }

  /** Undefined when nothing is different. */
  change(id: string, kind: CatalogKind, digest: string): ScanResult | undefined {
    const before = this.#views.get(id);
    if (before === undefined || (before.kind === kind && (kind === 'gone' || before.digest === digest))) {
      return undefined;
    }
    this.#views.set(id, { kind, digest });
    const isAdded = kind === 'entry' && before.kind !== 'entry';
    return {
      added: isAdded ? [id] : [],
      changed: kind === 'entry' && before.kind === 'entry' ? [id] : [],
      removed: kind !== 'entry' && before.kind === 'entry' ? [id] : [],
      refused: this.refusals(),
    };
  }
}

const entries = new Map<string, CatalogEntry>();

function entryOf(id: string, digest: string): CatalogEntry {
  const key = `${id} ${digest}`;
  const known = entries.get(key);
  if (known !== undefined) return known;
  const made: CatalogEntry = {
    id,
    path: `/plugins/${id}`,
    folder: `/plugins/${id}`,
    metadata: {
      id,
      name: id,
      version: VERSIONS[digest] ?? '1.0.0',
      description: '',
      protocol: 1,
      runtime: 'process',
      command: ['run'],
      transport: 'socket',
      http_socket: false,
    },
    command: [`/plugins/${id}/run`],
    digest,
    settings: settingsOf(id),
    dependencies: dependenciesOf(id, digest),
    origins: [],
  };
  entries.set(key, made);
  return made;
}

function settingsOf(id: string): EffectiveSettings {
  return {
    restart: restartOf(id),
    start: { aliveMs: 1000, timeoutMs: START_TIMEOUT_MS },
    stop: { graceMs: GRACE_MS, signal: 'SIGTERM' },
    health: { intervalMs: 0, timeoutMs: 1000, unhealthyAfter: 2, restartAfter: null },
    limits: {
      memoryBytes: null,
      nofile: null,
      nproc: null,
      coreBytes: null,
      cpuSeconds: null,
      fileSizeBytes: null,
    },
    log: { maxSizeBytes: 10_000_000, maxAgeMs: 0, keep: 5, compress: false, maxLineBytes: 16_384 },
    kv: { maxKeys: 100, maxBytes: 10_000 },
    environment: {},
    config: {},
    user: null,
    group: null,
    umask: 0o22,
    nice: 0,
    noNewPrivileges: true,
    groups: [],
  };
}
