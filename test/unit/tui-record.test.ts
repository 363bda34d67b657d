/** `toru top --record FILE`: a script that does again what was done, and loses nothing that was there. */

import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  beginRecord,
  commandEntry,
  isRecorded,
  openRecord,
  Recorder,
  scriptHead,
} from '../../src/cli/tui/recorder.ts';

const run = promisify(execFile);
const AT = new Date('2026-11-20T14:30:00Z');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toru-record-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The file of a session that did this. */
async function recorded(
  meant: readonly string[],
  done: readonly (readonly [argv: readonly string[], code: number | null | undefined, edited?: string])[],
): Promise<string> {
  const path = join(folder, 'night.sh');
  const begun = await beginRecord(path, meant, (text) => {
    throw new Error(text);
  });
  if (!begun.ok || begun.value === undefined) throw new Error('it was refused');
  for (const [argv, code, edited] of done) begun.value.add(argv, code, AT, edited);
  await begun.value.close();
  return path;
}

describe('the script', () => {
  test('does again what went well, in its order, and only that', async () => {
    const path = await recorded(
      [],
      [
        [['stop', 'web'], 0],
        [['start', 'lost'], 153],
        [['list'], 0],
        [['start', 'web'], 0],
        [['restart', 'db'], null],
      ],
    );
    const program = join(folder, 'toru');
    await writeFile(program, '#!/bin/sh\necho "$@"\n');
    await chmod(program, 0o755);
    const { stdout } = await run(path, { env: { PATH: `${folder}:${process.env.PATH}` } });
    expect(stdout).toBe('stop web\nstart web\n');
    const text = await readFile(path, 'utf8');
    expect(text).toMatch(
      /^#!\/bin\/sh\n# Recorded by "toru top" since \S+Z by \S+ \(uid \d+\).* on \S+\.\nset -eu\n/,
    );
    expect(text).toContain('# 2026-11-20T14:30:00.000Z exit 153: toru start lost');
    expect(text).toContain('did not end by itself: toru restart db');
    expect(text).not.toContain('toru list');
  });

  test('carries words to the shell as they were, with the options of the session', async () => {
    const words = ['kv', 'set', 'web', 'greeting', 'it\'s "so" $HOME `id` \\ *\n# x'];
    const path = await recorded(['--root', '/srv/my root'], [[words, 0]]);
    const program = join(folder, 'toru');
    await writeFile(program, '#!/bin/sh\nprintf "%s|" "$@"\n');
    await chmod(program, 0o755);
    const { stdout } = await run(path, { env: { PATH: `${folder}:${process.env.PATH}` } });
    expect(stdout).toBe(['--root', '/srv/my root', ...words, ''].join('|'));
  });

  test('is for its owner alone to read and run, for what is typed may hold secrets', async () => {
    const { mode } = await stat(await recorded([], []));
    expect(mode & 0o777).toBe(0o700);
  });

  test('a failed command with a line break in it stays a comment', () => {
    const entry = commandEntry(['kv', 'set', 'web', 'k', 'a\nrm -rf x'], 'kv', 1, AT);
    for (const line of entry.split('\n')) expect(line === '' || line.startsWith('# ')).toBe(true);
  });

  test('does again what an editor has saved, without the editor', async () => {
    const path = await recorded(
      ['--root', '/srv/a'],
      [
        [['edit', 'web'], 0, 'env = { KEY = "it\'s $HOME `id`" }\nEND\n# END_\n'],
        [['edit', 'db'], 0, ''],
        [['edit', 'crm'], 1, 'nice = 5\n'],
      ],
    );
    const program = join(folder, 'toru');
    await writeFile(program, '#!/bin/sh\necho "$@"\ncat\n');
    await chmod(program, 0o755);
    const { stdout } = await run(path, { env: { PATH: `${folder}:${process.env.PATH}` } });
    expect(stdout).toBe(
      '--root /srv/a edit web --file -\nenv = { KEY = "it\'s $HOME `id`" }\nEND\n# END_\n--root /srv/a edit db --file -\n',
    );
    expect(await readFile(path, 'utf8')).toMatch(/^# \S+ exit 1: toru --root \/srv\/a edit crm$/m);
  });

  test('what was edited by hand, or was under way at the end, is said to be so', () => {
    expect(commandEntry(['edit', 'web'], 'edit', 0, AT)).toMatch(/^\n# \S+ by hand: toru edit web\n$/);
    expect(commandEntry(['stop', 'db'], 'stop', undefined, AT)).toMatch(
      /^\n# \S+ under way when the session ended\ntoru stop db\n$/,
    );
  });

  test('names the torud that the environment chose', () => {
    const head = scriptHead(AT, { TORU_ROOT: '/srv/my root', TORU_SOCKET: '', HOME: '/root' }, 'ops');
    expect(head).toContain("\nexport 'TORU_ROOT=/srv/my root'\n");
    expect(head).not.toContain('TORU_SOCKET');
    expect(head).not.toContain('HOME');
  });
});

test.each([
  [['stop', 'web'], true],
  [['kv', 'set', 'web', 'k', 'v'], true],
  [['kv', 'get', 'web', 'k'], false],
  [['daemon', 'reload'], true],
  [['daemon', 'status'], false],
  [['wait', 'web', '--for', 'ready'], true],
  [['logs', 'web'], false],
  [['why', 'web'], false],
])('%j is recorded: %s', (argv, expected) => {
  expect(isRecorded(argv)).toBe(expected);
});

describe('the file', () => {
  test('that exists already is refused in one line, and left as it is', async () => {
    const path = join(folder, 'notes.txt');
    await writeFile(path, 'mine');
    const opened = await openRecord(path);
    expect(opened).toMatchObject({
      ok: false,
      failure: { code: 'usage', message: expect.stringContaining('exists already, and is not written over') },
    });
    expect(await readFile(path, 'utf8')).toBe('mine');
  });

  test('that is empty is taken, as mktemp makes it', async () => {
    const path = join(folder, 'empty');
    await writeFile(path, '', { mode: 0o600 });
    const opened = await openRecord(path);
    expect(opened.ok).toBe(true);
    if (opened.ok) await opened.value.close();
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  test('that is a link is not followed', async () => {
    const path = join(folder, 'link');
    await writeFile(join(folder, 'target'), '');
    await symlink(join(folder, 'target'), path);
    expect(await openRecord(path)).toMatchObject({
      ok: false,
      failure: { message: `--record: ${path} is a link, which is not followed` },
    });
  });

  test.each(['missing/night.sh', '.'])('at %s is refused in words', async (name) => {
    const opened = await openRecord(join(folder, name));
    expect(opened).toMatchObject({ ok: false, failure: { code: 'usage' } });
  });
});

describe('a disk that is full', () => {
  test('is said once, and the session goes on', async () => {
    const told: string[] = [];
    let writes = 0;
    const full = {
      appendFile: async (): Promise<void> => {
        writes += 1;
        throw new Error('ENOSPC: no space left on device');
      },
      datasync: async () => undefined,
      close: async () => undefined,
    };
    const recorder = new Recorder({
      file: full,
      meant: [],
      path: 'night.sh',
      onFault: (text) => void told.push(text),
    });
    recorder.begin(AT, {});
    recorder.add(['stop', 'web'], 0, AT);
    recorder.add(['start', 'web'], 0, AT);
    await recorder.close();
    expect(told).toEqual([expect.stringContaining('night.sh: ENOSPC')]);
    expect(writes).toBe(1);
    expect(recorder.failure).toBe('night.sh: ENOSPC: no space left on device');
  });
});
