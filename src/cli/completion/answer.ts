/**
 * `toru __complete QUESTION [PLUGIN] -- WORDS…`: what the completion scripts ask while somebody types. WORDS is the line
 * so far, assignments before the command included. It answers quickly or not at all: no torud, a slow one, one that
 * refuses, a wrong question give no output, no error, and exit code 0. One candidate a line, its description after a tab.
 */

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { ControlClient } from '../../client/control-client.ts';
import { resolvePaths } from '../../protocol/paths.ts';
import { OutputClosed, OutputRefused, writeOutput } from '../output/sink.ts';

/** Nobody waits longer than this for a list of names. */
const LIMIT_MS = 500;
const MOST_CRASHES = 50;
const MOST_TASKS = 50;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what would break the lines, or steer a terminal
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

type Candidate = readonly [word: string, description: string];

/** @param words the arguments after `__complete` @returns the exit code */
export async function main(words: readonly string[]): Promise<number> {
  const end = words.indexOf('--');
  if (end === -1) return 0;
  const [question = '', plugin = ''] = words.slice(0, end);
  const client = new ControlClient(socketOf(words.slice(end + 1)));
  const found = await candidates(client, question, plugin, words.at(-1) ?? '');
  client.close();
  try {
    await writeOutput(found.map(line).join(''));
  } catch (thrown) {
    if (!(thrown instanceof OutputClosed || thrown instanceof OutputRefused)) throw thrown;
  }
  return 0;
}

async function candidates(
  client: ControlClient,
  question: string,
  plugin: string,
  typed: string,
): Promise<readonly Candidate[]> {
  if (question === 'selection' && /^["']?@/.test(typed)) return groups(client);
  if (question === 'names' || question === 'selection') {
    const answer = await client.call('plugin.listCompact', {}, LIMIT_MS);
    return answer.ok ? answer.value.rows.map((row) => [row[0], `${row[1]}, ${row[9]}`]) : [];
  }
  if (question === 'crashes') {
    const answer = await client.call('crash.list', { limit: MOST_CRASHES }, LIMIT_MS);
    if (!answer.ok) return [];
    return answer.value.crashes.map((one) => [
      String(one.id),
      `${one.plugin}, ${one.signal ?? (one.exitCode === null ? one.cause : `exit ${one.exitCode}`)}, ${one.at.slice(0, 16)}`,
    ]);
  }
  if (question !== 'keys') return ofTasks(client, question);
  const answer = await client.call('kv.list', { plugin: unquoted(plugin) }, LIMIT_MS);
  return answer.ok ? answer.value.entries.map((entry) => [entry.key, `${entry.valueBytes} bytes`]) : [];
}

async function ofTasks(client: ControlClient, question: string): Promise<readonly Candidate[]> {
  if (question === 'scripts') {
    const answer = await client.call('script.list', {}, LIMIT_MS);
    const found = answer.ok ? answer.value.scripts.filter(({ refused }) => refused === null) : [];
    return found.map(({ name, description }) => [name, description]);
  }
  if (question === 'actions') {
    const answer = await client.call('quickAction.list', {}, LIMIT_MS);
    return answer.ok ? answer.value.actions.map(({ name, title }) => [name, title]) : [];
  }
  if (question !== 'tasks' && question !== 'live-tasks') return [];
  // What has ended cannot be cancelled any more.
  const states = question === 'tasks' ? {} : { states: ['queued', 'running'] as const };
  const answer = await client.call('task.list', { ...states, limit: MOST_TASKS }, LIMIT_MS);
  if (!answer.ok) return [];
  return answer.value.tasks.map(({ id, script, state, queuedAt }) => [
    id,
    `${script}, ${state}, ${queuedAt.slice(0, 16)}`,
  ]);
}

/** Groups that have members: `@web`. */
async function groups(client: ControlClient): Promise<readonly Candidate[]> {
  const answer = await client.call('plugin.list', {}, LIMIT_MS);
  if (!answer.ok) return [];
  const members = new Map<string, string[]>();
  for (const { id, groups: names } of answer.value.plugins)
    for (const name of names) members.set(name, [...(members.get(name) ?? []), id]);
  return [...members].map(([name, ids]) => [`@${name}`, ids.join(' ')]);
}

/** A word with a line break in it cannot be a line: it is left out. */
function line([word, description]: Candidate): string {
  if (word === '' || word.search(UNSAFE) !== -1) return '';
  return `${word}\t${description.replace(UNSAFE, ' ')}\n`;
}

/** The socket that the line's own options and assignments speak of. */
function socketOf(words: readonly string[]): string {
  const env = { ...process.env };
  let at = 0;
  for (; at < words.length; at += 1) {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(words[at] ?? '') ?? [];
    if (name === undefined || value === undefined) break;
    if (name.startsWith('TORU_')) env[name] = unquoted(value);
  }
  let root: string | undefined;
  let isSystem = false;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') break;
    if (word === '--system') isSystem = true;
    if (word.startsWith('--root=')) root = unquoted(word.slice('--root='.length));
    // The last word is being typed: an option without its value yet.
    if (word === '--root' && at + 1 < words.length) root = unquoted(words[++at] ?? '');
  }
  const inputs = { isSystem, uid: process.getuid?.() ?? 0, env };
  return resolvePaths(root ? { ...inputs, root: resolve(root) } : inputs).controlSocket;
}

/** A word as the shell would take it, as far as that needs nothing run: quotes, backslashes and a leading `~/`. */
function unquoted(word: string): string {
  const plain = word.replace(/\\(.)|'([^']*)'?|"((?:\\.|[^"\\])*)"?/gs, (_all, escaped, single, double) =>
    escaped !== undefined
      ? escaped
      : (single ?? String(double ?? '').replace(/\\(["\\$`])/g, (_both, one: string) => one)),
  );
  return word.startsWith('~/') ? `${homedir()}${plain.slice(1)}` : plain;
}
