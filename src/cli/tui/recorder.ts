/** `--record FILE`: the commands of a session as a shell script that can be run. */

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { errnoOf, failure, messageOf, type Result, success } from '../../protocol/result.ts';
import { shellLine } from '../shell-words.ts';

/** For the owner alone: what is typed may hold secrets. */
const SCRIPT_MODE = 0o700;
/** Of the environment: what decides which torud is meant. */
const DECIDING = ['TORU_ROOT', 'TORU_SOCKET', 'TORU_CONFIG'] as const;

export interface RecorderParts {
  readonly file: Pick<FileHandle, 'appendFile' | 'datasync' | 'close'>;
  /** Before the words of every command: `--root /srv/a`. */
  readonly meant: readonly string[];
  /** Said once: what follows is not recorded. */
  readonly onFault: (text: string) => void;
  readonly path: string;
}

/** Begins a record where one is asked for. @param onFault said once: what follows is not recorded */
export async function beginRecord(
  path: string | undefined,
  meant: readonly string[],
  onFault: (text: string) => void,
): Promise<Result<Recorder | undefined, ErrorBody>> {
  if (path === undefined) return success(undefined);
  const file = await openRecord(path);
  if (!file.ok) return file;
  const recorder = new Recorder({ file: file.value, meant, onFault, path });
  recorder.begin(new Date(), process.env);
  return success(recorder);
}

/** Makes the file, or takes an empty one. Failure: `usage`. */
export async function openRecord(path: string): Promise<Result<FileHandle, ErrorBody>> {
  const refused = (why: string, hint: string): Result<FileHandle, ErrorBody> =>
    failure(errorBody('usage', `--record: ${path} ${why}`, { hint }));
  const other = 'name another file';
  try {
    return success(await open(path, 'wx', SCRIPT_MODE));
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EEXIST') return refused(`cannot be made: ${messageOf(thrown)}`, other);
  }
  try {
    // As mktemp(1) makes them. A link may lead anywhere, and a FIFO would wait for its reader.
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await open(path, flags);
    const stat = await file.stat();
    if (stat.isFile() && stat.size === 0) {
      await file.chmod(SCRIPT_MODE);
      return success(file);
    }
    await file.close();
    return stat.isFile()
      ? refused('exists already, and is not written over', `${other}, or remove it first`)
      : refused('is no file', other);
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code === 'ELOOP') return refused('is a link, which is not followed', other);
    if (code === 'ENXIO') return refused('is no file', other);
    return refused(`exists already, and cannot be written: ${messageOf(thrown)}`, other);
  }
}

export class Recorder {
  readonly #parts: RecorderParts;
  /** One after the other, each on the disk before the next. */
  #written: Promise<void> = Promise.resolve();
  #failure: string | undefined;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** Why not everything was recorded; undefined: it was. */
  get failure(): string | undefined {
    return this.#failure;
  }

  begin(at: Date, env: Readonly<Record<string, string | undefined>>): void {
    this.#append(scriptHead(at, env, whoText()));
  }

  /**
   * @param code undefined: it had not ended when the session did
   * @param edited what an editor has made of the text
   */
  add(argv: readonly string[], code: number | null | undefined, at: Date, edited?: string): void {
    if (!isRecorded(argv)) return;
    const words = [...this.#parts.meant, ...argv];
    this.#append(
      edited === undefined || code !== 0
        ? commandEntry(words, argv[0] ?? '', code, at)
        : editEntry(words, edited, at),
    );
  }

  /** Settles when everything is on the disk, or could not be. */
  async close(): Promise<void> {
    await this.#written;
    await this.#parts.file.close();
  }

  #append(text: string): void {
    this.#written = this.#written.then(() => this.#write(text));
  }

  async #write(text: string): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.#parts.file.appendFile(text);
      await this.#parts.file.datasync();
    } catch (thrown) {
      const { path, onFault } = this.#parts;
      this.#failure = `${path}: ${messageOf(thrown)}`;
      onFault(`nothing is recorded from here on: ${this.#failure}`);
    }
  }
}

/** Verbs that only show something say nothing about what was done. */
const READING: ReadonlySet<string> = new Set([
  'list',
  'ls',
  'top',
  'status',
  'show',
  'why',
  'list-dependencies',
  'is-active',
  'is-enabled',
  'is-failed',
  'logs',
  'crashes',
  'events',
  'cat',
  'check',
  'doctor',
  'metrics',
  'scripts',
  'tasks',
  'schedules',
  'system',
  'completion',
  'version',
  'help',
]);
const READING_PAIRS: ReadonlySet<string> = new Set([
  'kv get',
  'kv list',
  'daemon status',
  'task show',
  'task logs',
  'task wait',
  'actions ',
  'actions list',
]);

export function isRecorded([verb = '', second = '']: readonly string[]): boolean {
  return !READING.has(verb) && !READING_PAIRS.has(`${verb} ${second}`);
}

export function scriptHead(at: Date, env: Readonly<Record<string, string | undefined>>, who: string): string {
  const deciding = DECIDING.flatMap((name) => {
    const value = env[name];
    return value === undefined || value === '' ? [] : [`${shellLine([`${name}=${value}`])}`];
  });
  const exported = deciding.length === 0 ? '' : `export ${deciding.join(' ')}\n`;
  return `#!/bin/sh\n${comment(`Recorded by "toru top" since ${at.toISOString()} by ${who}.`)}set -eu\n${exported}`;
}

/** One command: as it is when it went well, else as a comment that says how it ended. */
export function commandEntry(
  words: readonly string[],
  verb: string,
  code: number | null | undefined,
  at: Date,
): string {
  const command = `toru ${shellLine(words)}`;
  const time = at.toISOString();
  if (verb === 'edit' && !words.includes('--file') && (code === 0 || code === undefined))
    return `\n${comment(`${time} by hand: ${command}`)}`;
  if (code === 0) return `\n${comment(time)}${command}\n`;
  if (code === undefined) return `\n${comment(`${time} under way when the session ended`)}${command}\n`;
  const end = code === null ? 'did not end by itself' : `exit ${code}`;
  return `\n${comment(`${time} ${end}: ${command}`)}`;
}

/** What an editor has saved, as a command that needs none. @param text empty: the drop-in is removed */
export function editEntry(words: readonly string[], text: string, at: Date): string {
  const command = `${comment(at.toISOString())}toru ${shellLine([...words, '--file', '-'])}`;
  if (text === '') return `\n${command} </dev/null\n`;
  const lines = text.replace(/\n$/, '').split('\n');
  let end = 'END';
  while (lines.includes(end)) end += '_';
  return `\n${command} <<'${end}'\n${lines.join('\n')}\n${end}\n`;
}

/** A line break in the text must not end the comment. */
function comment(text: string): string {
  return `${text
    .split('\n')
    .map((line) => `# ${line}`)
    .join('\n')}\n`;
}

function whoText(): string {
  const { username, uid } = userOf();
  const by = process.env.SUDO_USER;
  return `${username} (uid ${uid})${by ? `, sudo by ${by}` : ''} on ${hostname()}`;
}

/** A uid without a name is no reason to fail. */
function userOf(): { readonly username: string; readonly uid: number } {
  try {
    const { username, uid } = userInfo();
    return { username, uid };
  } catch {
    return { username: 'somebody', uid: process.getuid?.() ?? 0 };
  }
}
