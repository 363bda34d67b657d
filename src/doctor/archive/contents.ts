/** What goes into a bundle, as raw text; each part that cannot be had says why in its place. */

import { readdirSync } from 'node:fs';
import { arch, release } from 'node:os';
import { join } from 'node:path';
import { readDamaged } from '../../daemon/store/database.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { MAX_METADATA_BYTES } from '../../protocol/plugin/metadata.ts';
import { errnoOf, messageOf, type Result } from '../../protocol/result.ts';
import { CONTROL_PROTOCOL, PLUGIN_PROTOCOL, VERSION } from '../../protocol/version.ts';
import type { Examination } from '../examine.ts';
import { lookAtPath, textOf } from '../machine.ts';
import { pluginsOf, statusOf, type View } from '../view.ts';
import { tailOf } from './tail.ts';

const KIB = 1024;
const MOST_SETTINGS_BYTES = 256 * KIB;
const MOST_TORUD_LOG_BYTES = 512 * KIB;
const MOST_PLUGIN_LOG_BYTES = 128 * KIB;
const MOST_PROC_BYTES = 256 * KIB;
const MOST_FILES = 200;
const MOST_LOGS = 30;
const MOST_EVENTS = 1000;
const MOST_AUDIT = 500;
const MOST_CRASHES = 20;
/** States whose plugins' logs are worth reading. */
const TROUBLED = new Set(['failed', 'backoff', 'invalid']);

/** How secrets are found in it. */
export type Form = 'text' | 'json' | 'lines' | 'toml';

export interface Part {
  readonly name: string;
  readonly form: Form;
  readonly text: string;
  readonly isCut: boolean;
}

export async function contentsOf({ view, report }: Examination): Promise<readonly Part[]> {
  const history = await historyOf(view);
  return [
    json('doctor.json', report),
    json('versions.json', versionsOf(view)),
    json('daemon-status.json', statusOf(view) ?? awayOf(view)),
    json('plugins.json', view.torud.kind === 'up' ? pluginsOf(view) : awayOf(view)),
    ...history.parts,
    ...settingsOf(view),
    ...metadataOf(view),
    fileOf('log/plugin-supervisor.log', view.paths.supervisorLog, 'lines', MOST_TORUD_LOG_BYTES),
    ...logsOf(view, history.crashed),
    ...procOf(view),
    fileOf(
      'build-record.json',
      join(view.request.distFolder, 'native/build-record.json'),
      'json',
      MOST_SETTINGS_BYTES,
    ),
  ];
}

function json(name: string, value: unknown): Part {
  return { name, form: 'json', text: JSON.stringify(value), isCut: false };
}

function fileOf(name: string, path: string, form: Form, maxBytes: number): Part {
  const tail = tailOf(path, maxBytes);
  if (tail.ok) return { name, form, ...tail.value };
  return { name, form: 'text', text: `not there: ${tail.failure}\n`, isCut: false };
}

function awayOf({ torud }: View): object {
  return torud.kind === 'away' ? { unavailable: torud.error.message } : { unavailable: 'torud did not say' };
}

function versionsOf(view: View): object {
  return {
    toru: VERSION,
    torud: view.torud.kind === 'up' ? view.torud.welcome.daemon : null,
    protocol: { control: CONTROL_PROTOCOL, plugin: PLUGIN_PROTOCOL },
    node: process.versions.node,
    kernel: release(),
    arch: arch(),
    system: textOf('/etc/os-release') ?? null,
    mode: view.paths.mode,
    paths: view.paths,
    madeAt: new Date(view.nowMs).toISOString(),
  };
}

interface History {
  readonly parts: readonly Part[];
  /** Plugins that crashed of late. */
  readonly crashed: ReadonlySet<string>;
}

/** From torud; without one, from the database as far as it can be read. */
async function historyOf(view: View): Promise<History> {
  if (view.torud.kind === 'away') return historyOfDatabase(view);
  const { torud, timeoutMs } = view.request;
  const events = await torud.items('event.read', { limit: MOST_EVENTS }, timeoutMs);
  const audit = await torud.items('audit.read', { limit: MOST_AUDIT }, timeoutMs);
  const list = await torud.call('crash.list', { limit: MOST_CRASHES }, timeoutMs);
  const crashes = list.ok ? list.value.crashes : [];
  const capsules: Part[] = [];
  for (const { id } of crashes) {
    const shown = await torud.call('crash.show', { id }, timeoutMs);
    capsules.push(
      json(`crashes/${id}.json`, shown.ok ? shown.value.crash : { unavailable: shown.failure.message }),
    );
  }
  return {
    parts: [
      recordsOf('events.jsonl', events, ({ events: some }) => some),
      recordsOf('audit.jsonl', audit, ({ entries }) => entries),
      ...capsules,
    ],
    crashed: new Set(crashes.map(({ plugin }) => plugin)),
  };
}

function recordsOf<Item>(
  name: string,
  items: Result<readonly Item[], ErrorBody>,
  recordsIn: (item: Item) => readonly object[],
): Part {
  if (!items.ok) return { name, form: 'text', text: `not there: ${items.failure.message}\n`, isCut: false };
  return recordLines(name, items.value.flatMap(recordsIn));
}

function recordLines(name: string, records: readonly object[]): Part {
  return {
    name,
    form: 'lines',
    text: records.map((record) => `${JSON.stringify(record)}\n`).join(''),
    isCut: false,
  };
}

function historyOfDatabase({ paths }: View): History {
  const rows = (table: string, most: number): Readonly<Record<string, unknown>>[] => {
    if (typeof lookAtPath(paths.databaseFile) !== 'object') return [];
    const found = [
      ...readDamaged(paths.databaseFile, `${table} ORDER BY id DESC LIMIT ${most}`, () => undefined),
    ];
    return found.map(unfolded).reverse();
  };
  const crashes = rows('crashes', MOST_CRASHES);
  return {
    parts: [
      recordLines('events.jsonl', rows('plugin_events', MOST_EVENTS)),
      recordLines('audit.jsonl', rows('audit', MOST_AUDIT)),
      ...crashes.map((crash) => json(`crashes/${String(crash.id)}.json`, crash)),
    ],
    crashed: new Set(crashes.map((crash) => String(crash.plugin_id))),
  };
}

/** Columns that hold JSON as what they hold: secrets are looked for by the names within. */
function unfolded(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const open = (value: unknown): unknown => {
    if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
    try {
      return JSON.parse(value) as unknown;
    } catch (thrown) {
      if (thrown instanceof SyntaxError) return value;
      throw thrown;
    }
  };
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, open(value)]));
}

function settingsOf({ paths }: View): readonly Part[] {
  const dropIns = namesIn(paths.dropInFolder).filter((name) => name.endsWith('.toml'));
  return [
    fileOf('settings/torud.toml', paths.configFile, 'toml', MOST_SETTINGS_BYTES),
    ...dropIns
      .slice(0, MOST_FILES)
      .map((name) =>
        fileOf(
          archiveName('settings/plugins.d', name),
          join(paths.dropInFolder, name),
          'toml',
          MOST_SETTINGS_BYTES,
        ),
      ),
  ];
}

function metadataOf({ paths }: View): readonly Part[] {
  return namesIn(paths.pluginFolder)
    .slice(0, MOST_FILES)
    .flatMap((name) => {
      const file = join(paths.pluginFolder, name, 'plugin.json');
      if (lookAtPath(file) === 'absent') return [];
      return [fileOf(archiveName('metadata', `${name}.json`), file, 'json', MAX_METADATA_BYTES)];
    });
}

/** Of plugins that are in trouble or crashed of late; of all, when nobody says which those are. */
function logsOf(view: View, crashed: ReadonlySet<string>): readonly Part[] {
  const troubled = new Set([
    ...crashed,
    ...pluginsOf(view).flatMap(({ id, state }) => (TROUBLED.has(state) ? [id] : [])),
  ]);
  const names = namesIn(view.paths.pluginLogFolder).filter((name) => name.endsWith('.log'));
  const wanted =
    view.torud.kind === 'away' && troubled.size === 0
      ? names
      : names.filter((name) => troubled.has(name.slice(0, -'.log'.length)));
  return wanted
    .slice(0, MOST_LOGS)
    .map((name) =>
      fileOf(
        archiveName('log/plugins', name),
        join(view.paths.pluginLogFolder, name),
        'lines',
        MOST_PLUGIN_LOG_BYTES,
      ),
    );
}

function procOf(view: View): readonly Part[] {
  const pid = statusOf(view)?.pid;
  const own =
    pid === undefined
      ? []
      : ['limits', 'status'].map((name) => [`proc/torud-${name}`, `/proc/${pid}/${name}`]);
  const files = [
    ['proc/meminfo', '/proc/meminfo'],
    ['proc/mounts', '/proc/self/mounts'],
    ['proc/limits', '/proc/self/limits'],
    ['proc/loadavg', '/proc/loadavg'],
    ...own,
  ];
  return files.map(([name = '', path = '']) => {
    // A link by the kernel's own hand: /proc/self, /proc/mounts.
    const text = textOf(path)?.slice(0, MOST_PROC_BYTES);
    return { name, form: 'text', text: text ?? `not there: ${path}\n`, isCut: false };
  });
}

/** Names from a folder, with nothing in them that an archive or a terminal would take for something else. */
function archiveName(folder: string, name: string): string {
  return `${folder}/${name.replace(/[^\w.@+-]/g, '_').slice(0, 70)}`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw new Error(messageOf(thrown));
    return [];
  }
}
