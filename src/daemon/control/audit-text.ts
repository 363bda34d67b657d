/** Entries of the audit as the protocol shows them: one sentence each, and the plugins that they were about. Pure. */

import type { AuditEvent } from '../../protocol/control/audit.ts';
import type { MethodName } from '../../protocol/control/methods.ts';
import { oneLine } from '../base/one-line.ts';
import type { AuditEntry } from '../store/audit-store.ts';
import { actorText } from '../supervisor/actor-text.ts';

/** Names that a sentence holds; the whole list stands in `details.params`. */
const MAX_NAMES_SHOWN = 8;
const MAX_WORD_SHOWN = 64;

type Fields = Readonly<Record<string, unknown>>;

/** What the command line calls a method where that is not its last word. */
const WORDS: { readonly [Name in MethodName]?: string } = {
  'plugin.tryRestart': 'try-restart',
  'plugin.resetFailed': 'reset-failed',
  'plugin.rollback': 'install --rollback',
  'plugin.setDropIn': 'edit',
  'plugin.dropIn': 'edit',
  'plugin.listCompact': 'list',
  'plugin.dependencies': 'list-dependencies',
  'plugin.watch': 'list --watch',
  'daemon.logLevel': 'daemon log-level',
  'daemon.metrics': 'metrics',
  'crash.list': 'crashes',
  'run.list': 'runs',
  'crash.show': 'crashes show',
  'event.read': 'events',
  'audit.read': 'events --type audit',
  'log.read': 'logs',
  'script.list': 'scripts',
  'task.list': 'tasks',
  'task.show': 'task show',
  'task.cancel': 'task cancel',
  'task.wait': 'task wait',
  'task.output': 'task logs',
  'task.watch': 'tasks --watch',
  'schedule.list': 'schedules',
  'quickAction.list': 'actions',
  'quickAction.remove': 'actions remove',
  'quickAction.run': 'actions run',
  'system.read': 'system',
};

export function auditEvent(entry: AuditEntry): AuditEvent {
  const { id, at, actor, method, params, result } = entry;
  const named = pluginsOf(entry);
  const plugin = isForAll(params) || named.length !== 1 ? null : (named[0] ?? null);
  const { signal } = fieldsOf(params);
  const isFromNobody = actor.kind === 'daemon' && typeof signal === 'string';
  const reason = isFromNobody
    ? `somebody sent ${signal} to torud: ${commandText(method, {})}`
    : `${actorText(actor)} ${ranText(method, fieldsOf(params), result)}`;
  return { id, at, plugin, type: 'audit', reason, actor, details: { method, params, result } };
}

/** Ids and words that the entry's parameters name, and ids that its result tells of; each once, in that order. */
export function pluginsOf(entry: Pick<AuditEntry, 'params' | 'result'>): readonly string[] {
  const { plugin, names } = fieldsOf(entry.params);
  const result = fieldsOf(entry.result);
  const told = Array.isArray(entry.result) ? entry.result.map((outcome) => fieldsOf(outcome).plugin) : [];
  const lists = LISTS.flatMap((key) => textsOf(result[key]));
  const all = [plugin, ...(Array.isArray(names) ? names : []), ...told, result.plugin, ...lists];
  return [...new Set(all.filter((name) => typeof name === 'string'))];
}

export function isForAll(params: unknown): boolean {
  return fieldsOf(params).all === true;
}

function ranText(method: string, params: Fields, result: unknown): string {
  const command = commandText(method, params);
  const { error } = fieldsOf(result);
  const { code, message } = fieldsOf(error);
  if (code === 'denied') return `was denied ${command}: ${String(message)}`;
  if (error !== undefined) return `ran ${command}: ${String(message ?? code ?? 'failed')}`;
  return `ran ${command}: ${outcomeText(result)}`;
}

/** `stop db`, `kill -s SIGHUP web`, `kv set web greeting`, `daemon reload`. */
function commandText(method: string, params: Fields): string {
  const [topic = '', last = ''] = method.split('.');
  if (method === 'quickAction.set') return quickActionText(params);
  const known = (WORDS as Readonly<Record<string, string>>)[method];
  const verb = known ?? (topic === 'kv' || topic === 'daemon' ? `${topic} ${last}` : last);
  return [verb, ...optionsOf(method, params), ...operandsOf(params)].join(' ');
}

/** `actions add race --script hello.sh`, `actions edit race --name dash` */
function quickActionText({ mode, name, rename, script, args }: Fields): string {
  const words = ['actions', mode === 'create' ? 'add' : 'edit', typeof name === 'string' ? name : ''];
  if (typeof rename === 'string') words.push('--rename', rename);
  if (typeof script === 'string') words.push('--script', script);
  return [...words, ...argumentsShown(textsOf(args))].join(' ');
}

function optionsOf(method: string, params: Fields): readonly string[] {
  const options: string[] = [];
  if (typeof params.signal === 'string') options.push('-s', params.signal);
  if (method === 'plugin.enable' && params.now === false) options.push('--no-start');
  if (method === 'plugin.disable' && params.now === false) options.push('--no-stop');
  if (params.force === true) options.push('--force');
  if (params.purge === true) options.push('--purge');
  if (params.keepPlugins === true) options.push('--keep-plugins');
  if (params.all === true) options.push('--all');
  return options;
}

function operandsOf({ names, name, plugin, key, path, level, id, script, args }: Fields): readonly string[] {
  const list = Array.isArray(names) ? names.map(String) : [];
  // Of a task it is a label beside its script.
  const label = script === undefined ? name : undefined;
  const others = [plugin, key, path, level, id, label, script, ...argumentsShown(textsOf(args))].filter(
    (word) => typeof word === 'string' || typeof word === 'number',
  );
  return [...(list.length > 0 ? [namesText(list)] : []), ...others.map(String)];
}

/** `-- full /srv …` */
function argumentsShown(words: readonly string[]): readonly string[] {
  if (words.length === 0) return [];
  const shown = words.slice(0, MAX_NAMES_SHOWN).map((word) => oneLine(word, MAX_WORD_SHOWN));
  return ['--', ...shown, ...(words.length > shown.length ? ['…'] : [])];
}

/** `changed`, `already so`, `2 changed, 1 already so, web: not_found`. */
function outcomeText(result: unknown): string {
  if (!Array.isArray(result)) return simpleOutcome(fieldsOf(result));
  const outcomes = result.map(fieldsOf);
  const failed = outcomes.filter((outcome) => outcome.error !== undefined);
  // A signal that was sent, or a restart, has no "already so".
  const changed = outcomes.filter((outcome) => outcome.error === undefined && outcome.changed !== false);
  const same = outcomes.length - failed.length - changed.length;
  if (outcomes.length === 0) return 'no plugin matched';
  if (outcomes.length === 1 && failed.length === 0) return same === 1 ? 'already so' : 'changed';
  const faults = failed.map((outcome) =>
    outcomes.length === 1
      ? errorWord(outcome.error)
      : `${String(outcome.plugin)}: ${errorWord(outcome.error)}`,
  );
  return [
    ...(changed.length > 0 ? [`${changed.length} changed`] : []),
    ...(same > 0 ? [`${same} already so`] : []),
    ...faults.slice(0, MAX_NAMES_SHOWN),
    ...(faults.length > MAX_NAMES_SHOWN ? [`${faults.length - MAX_NAMES_SHOWN} more failed`] : []),
  ].join(', ');
}

const LISTS = ['added', 'changed', 'removed'] as const;

/** `changed`, `already so`, `added web; removed db`, `nothing changed`. */
function simpleOutcome(result: Fields): string {
  const { changed, deleted } = result;
  if (deleted !== undefined) return deleted === true ? 'deleted' : 'there was no such key';
  if (typeof changed === 'boolean') return changed ? 'changed' : 'already so';
  const lists = LISTS.filter((key) => Array.isArray(result[key]));
  if (lists.length === 0) return 'done';
  const told = lists.map((key) => ({ key, ids: textsOf(result[key]) })).filter(({ ids }) => ids.length > 0);
  return told.map(({ key, ids }) => `${key} ${namesText(ids)}`).join('; ') || 'nothing changed';
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function namesText(names: readonly string[]): string {
  const more = names.length - MAX_NAMES_SHOWN;
  return `${names.slice(0, MAX_NAMES_SHOWN).join(' ')}${more > 0 ? ` (and ${more} more)` : ''}`;
}

/** A code of src/protocol/errors.ts as words: `not_found` → `not found`. */
function errorWord(error: unknown): string {
  return String(typeof error === 'string' ? error : (fieldsOf(error).code ?? 'failed')).replaceAll('_', ' ');
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
