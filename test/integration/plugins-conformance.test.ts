/** `toru check`: good plugins pass, and a plugin with one fault fails the case that is about it. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chown, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errnoOf } from '../../src/protocol/result.ts';
import { type CliResult, followToru, runToru } from '../rig/cli-rig.ts';
import { endProcessesOf, waitUntilGone } from '../rig/leftover-processes.ts';
import { writeProgram } from '../rig/plugin-fixture.ts';
import { pidsOfPlugin, untilTrue } from '../rig/plugin-processes.ts';
import { CHECKOUT } from '../rig/programs.ts';

interface Report {
  readonly schema: number;
  readonly plugin: { readonly id: string; readonly version: string | null };
  readonly cases: readonly {
    readonly name: string;
    readonly result: string;
    readonly detail: string;
    readonly hint: string | null;
    readonly durationMs: number;
    readonly exchange?: readonly string[];
    readonly output?: readonly string[];
  }[];
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

let folder: string;
/** TMPDIR of the checks. Short, for socket paths lie below it. */
let temporary: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toru-conformance-'));
  temporary = await mkdtemp('/tmp/c-');
});

afterEach(async () => {
  const processes = await waitUntilGone(temporary, 5_000);
  const files = await readdir(temporary);
  await endProcessesOf(temporary);
  for (const path of [folder, temporary]) await rm(path, { recursive: true, force: true });
  expect({ processes, files }).toEqual({ processes: [], files: [] });
});

function toru(...args: readonly string[]): Promise<CliResult> {
  return runToru(folder, args, { env: { TMPDIR: temporary } });
}

async function report(...args: readonly string[]): Promise<Report & { readonly code: number | null }> {
  const { stdout, stderr, code } = await toru('check', '--json', ...args);
  if (stdout === '') throw new Error(stderr);
  return { ...(JSON.parse(stdout) as Report), code };
}

function failedCases({ cases }: Report): readonly string[] {
  return cases.filter(({ result }) => result === 'fail').map(({ name, detail }) => `${name}: ${detail}`);
}

function archiveOf(id: string): string {
  const file = join(folder, `${id}.tar.gz`);
  execFileSync('tar', ['-czf', file, '-C', join(CHECKOUT, 'dist/plugins'), id]);
  return file;
}

/** A plugin of test/fixtures/conformance with this fault; '' for none. */
async function makePlugin(fault: string, metadata: object = {}, environment: object = {}): Promise<string> {
  const path = join(folder, 'one');
  await mkdir(path);
  await copyFile(join(CHECKOUT, 'test/fixtures/conformance/one-fault'), join(path, 'run'));
  const document = {
    id: 'one',
    name: 'One fault',
    version: '1.0.0',
    command: ['run'],
    route: '/one',
    stop: { grace: '1s' },
    start: { timeout: '5s' },
    environment: { FAULT: fault, ...environment },
    ...metadata,
  };
  await writeFile(join(path, 'plugin.json'), JSON.stringify(document));
  return path;
}

describe('the example plugins', () => {
  // flaky goes wrong later than any case lasts, or as its settings say: below.
  it.each(['hello', 'clock', 'du-watch', 'web-static', 'flaky'])('%s passes every case', async (id) => {
    const seen = await report(join(CHECKOUT, 'dist/plugins', id));
    expect(failedCases(seen)).toEqual([]);
    expect(seen).toMatchObject({ schema: 1, plugin: { id, version: '1.0.0' }, failed: 0, code: 0 });
    expect(seen.passed + seen.skipped).toBe(seen.cases.length);
  });

  it('flaky fails as soon as its settings have it go wrong', async () => {
    const dropIn = join(folder, 'flaky.toml');
    await writeFile(dropIn, '[environment]\nFLAKY_MODE = "ignore-term"\n[stop]\ngrace = "500ms"\n');
    const flaky = join(CHECKOUT, 'dist/plugins/flaky');
    const seen = await report(flaky, '--drop-in', dropIn, '--case', 'shutdown', '--case', 'sigterm');
    expect(failedCases(seen).map((line) => line.split(':')[0])).toEqual(['shutdown', 'sigterm']);
    expect(seen.code).toBe(1);
  });

  it.each(['python', 'bash'])('the one in %s in the authors’ guide passes every case', async (language) => {
    const guide = await readFile(join(CHECKOUT, 'plugins/README.md'), 'utf8');
    const block = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(guide)?.[1] ?? '';
    const transport = language === 'bash' ? 'stdio' : 'socket';
    const path = await makePlugin('', { transport });
    await writeProgram(join(path, 'run'), block);
    expect(failedCases(await report(path))).toEqual([]);
  });
});

it.each(['reload', 'route'])(
  'a plugin cannot well be called %s, which is a word of the HTTP API',
  async (id) => {
    const seen = await report(await makePlugin('', { id }), '--case', 'metadata');
    expect(failedCases(seen)).toEqual([
      `metadata: its id "${id}" is a word of the HTTP API: what comes for /api/plugins/${id}/… is not meant for it there`,
    ]);
  },
);

const FAULTS: Readonly<Record<string, string>> = {
  'ends-at-once': 'start',
  'never-ready': 'handshake',
  'answers-wrong-id': 'handshake',
  'one-at-a-time': 'second-connection',
  'knows-every-type': 'unknown-type',
  'strict-fields': 'unknown-field',
  'knows-every-action': 'unknown-action',
  'answers-twice': 'parallel-requests',
  'splendid-health': 'health',
  'fails-reload': 'reload',
  'status-as-text': 'http',
  'dies-on-garbage': 'not-json',
  'dies-on-a-list': 'not-object',
  'ignores-a-list': 'not-object',
  'takes-any-length': 'oversize-line',
  'ends-with-its-core': 'core-leaves',
  'forgets-adopted-init': 'adopted-init',
  'asks-wrongly': 'kv',
  'dies-on-kv-error': 'kv-errors',
  'ignores-shutdown': 'shutdown',
  'exits-with-5': 'shutdown',
  'ignores-term': 'sigterm',
  'leaves-a-child': 'leftovers',
  'sends-noise': 'own-lines',
  'logs-bytes': 'log',
  'writes-beside-itself': 'plugin-folder',
};

/** These are tried in all cases, the others in their own and these few: a whole check takes a second. */
const TRIED_IN_ALL = new Set([
  'never-ready',
  'answers-wrong-id',
  'dies-on-garbage',
  'forgets-adopted-init',
  'ignores-shutdown',
  'sends-noise',
]);
const USUAL = ['start', 'handshake', 'unknown-type', 'health', 'shutdown'];

describe('a plugin with one fault fails the one case about it', () => {
  it('and without any fault it fails none', async () => {
    const seen = await report(await makePlugin(''));
    expect(failedCases(seen)).toEqual([]);
    // What does not apply is skipped: the metadata is a file, there are no dependencies, the transport is not none.
    expect(seen.skipped).toBe(3);
  });

  it.each(Object.entries(FAULTS))('%s: %s', async (fault, name) => {
    const path = await makePlugin(fault, fault === 'never-ready' ? { start: { timeout: '1s' } } : {});
    const cases = TRIED_IN_ALL.has(fault) ? [] : [name, ...USUAL].flatMap((one) => ['--case', one]);
    const seen = await report(path, ...cases);
    expect(failedCases(seen).map((line) => line.split(':')[0])).toEqual([name]);
    expect(seen.code).toBe(1);
  });

  it('an error about a line that nobody can read needs no request_id', async () => {
    const cases = ['not-json', 'not-object', 'oversize-line'].flatMap((one) => ['--case', one]);
    const seen = await report(await makePlugin('errors-without-id'), ...cases);
    expect(failedCases(seen)).toEqual([]);
  });

  it.each([
    ['', []],
    ['dies-on-garbage', ['not-json']],
    ['forgets-adopted-init', ['adopted-init']],
    ['ignores-shutdown', ['shutdown']],
  ])('over stdin and stdout: "%s"', async (fault, names) => {
    const seen = await report(await makePlugin(fault, { transport: 'stdio' }, { FAULT_STDIO: '1' }));
    expect(failedCases(seen).map((line) => line.split(':')[0])).toEqual(names);
  });

  it('an ordinary program that ends by itself has not stayed alive', async () => {
    const path = await makePlugin('', { transport: 'none', start: { seconds: 1 } });
    await writeProgram(join(path, 'run'), '#!/bin/sh\necho done\n');
    const seen = await report(path);
    expect(failedCases(seen)).toEqual([
      'stays-alive: it ended with exit code 0 before it had been alive for 1.0 s; its log ends with: done',
    ]);
  });
});

describe('what can be checked', () => {
  it('an archive is unpacked, and nothing of it stays', async () => {
    const { code, stdout } = await toru('check', archiveOf('clock'), '--case', 'handshake');
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^ok {3}handshake {2}answered init after \d+ ms\nclock 1\.0\.0: 1 passed/,
      ),
    });
  });

  it('a program that says by --metadata what it is must say the same each time', async () => {
    const good = '{"id":"words","name":"Words","version":"1.0.0","transport":"none"}';
    const script = (text: string) =>
      `#!/bin/sh\n[ "$1" = --metadata ] && echo '${text}' && exit\nexec sleep infinity\n`;
    const path = join(folder, 'words');
    await writeProgram(path, script(good));
    expect(failedCases(await report(path))).toEqual([]);
    await writeProgram(path, script(good.replace('Words', () => `'$$'`)));
    expect(failedCases(await report(path, '--case', 'metadata-stable'))).toEqual([
      'metadata-stable: --metadata printed something else the second time',
    ]);
  });

  it.runIf(process.getuid?.() === 0)(
    'a folder of somebody else is looked at as an installation copies it',
    async () => {
      const path = await makePlugin('');
      for (const one of [path, join(path, 'run'), join(path, 'plugin.json')])
        await chown(one, 65_534, 65_534);
      expect(failedCases(await report(path, '--case', 'metadata', '--case', 'shutdown'))).toEqual([]);
    },
  );

  it('a plugin that torud would refuse is refused with the reason that a scan gives, and exit code 6', async () => {
    const path = await makePlugin('', { restart: { polcy: 'never' } });
    const { code, stdout, stderr } = await toru('check', path);
    expect(code).toBe(6);
    expect(stderr).toMatch(/^toru: check \S+: not valid: plugins\/one\/plugin\.json line 1: .*polcy.*\n$/);
    expect(stdout).toMatch(/^FAIL metadata {2}plugins\/one\/plugin\.json line 1: /);
    const seen = await report(path);
    expect(seen).toMatchObject({ code: 6, failed: 1, passed: 0, plugin: { id: 'one', version: null } });
  });

  it('a runtime that this torud does not run is refused', async () => {
    const seen = await report(await makePlugin('', { runtime: 'wasm' }));
    expect(seen.code).toBe(6);
    expect(failedCases(seen)[0]).toContain('runs no other runtime yet, not "wasm"');
  });

  it.each([
    [['nothing-here'], 5, 'toru: check nothing-here: there is no such file or folder; '],
    [[], 2, 'toru: check: needs PATH; '],
    [[''], 2, 'toru: check: PATH is empty; '],
    [
      ['--case', 'shutdwn', '.'],
      2,
      'toru: check: --case: there is no case "shutdwn"; did you mean "shutdown"?',
    ],
  ])('%j ends with exit code %i', async (args, code, words) => {
    const result = await toru('check', ...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr.startsWith(words)).toBe(true);
    expect(result.stderr.split('\n')).toHaveLength(2);
  });
});

describe('how it is told', () => {
  it('a case has one line, with what was seen and how to mend it', async () => {
    const path = await makePlugin('splendid-health');
    const { code, stdout, stderr } = await toru('check', path, '--case', 'health', '--case', 'http');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(
      /^FAIL health {2}its health has the status "splendid"; answer \{.*\nok {3}http {4}GET \/one: 200 after .*\none 1\.0\.0: 1 passed, 1 failed, 0 skipped\n$/,
    );
    const plain = await toru('check', path, '--case', 'health', '--plain', '--no-legend');
    expect(plain.stdout).toMatch(/^fail\thealth\t\d+\tits health has the status "splendid"\tanswer .*\n$/);
    const words = await toru('check', path, '--case', 'health', '-o', 'value');
    expect(words.stdout).toBe('fail health\n');
  });

  it('--verbose shows what was said and what the plugin wrote, of failed cases alone', async () => {
    const path = await makePlugin('logs-bytes');
    const seen = await report(path, '--case', 'health', '--verbose');
    expect(seen.cases[0]).not.toHaveProperty('exchange');
    await rm(path, { recursive: true });
    const failing = await report(await makePlugin('splendid-health'), '--case', 'health', '--verbose');
    const lines = failing.cases[0]?.exchange ?? [];
    expect(lines.some((line) => line.startsWith('> {"type":"lifecycle"'))).toBe(true);
    expect(lines.some((line) => line.startsWith('< ') && line.includes('"splendid"'))).toBe(true);
  });

  it('--list names every case of the report, in its order', async () => {
    const { stdout, code } = await toru('check', '--list', '--json');
    const { cases } = JSON.parse(stdout) as {
      cases: readonly { readonly name: string; readonly does: string }[];
    };
    const seen = await report(await makePlugin(''));
    expect(code).toBe(0);
    expect(cases.map(({ name }) => name)).toEqual(seen.cases.map(({ name }) => name));
    expect(cases.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.values(FAULTS)));
  });

  it('--timeout bounds a case that waits for nothing', async () => {
    const path = await makePlugin('never-ready', { start: { timeout: '60s' } });
    const seen = await report(path, '--case', 'handshake', '--timeout', '300ms');
    expect(failedCases(seen)).toEqual([
      // On a busy machine the plugin itself may not be that far.
      expect.stringMatching(
        /^handshake: it (did not answer init|made no socket at TORU_SOCKET) within \d+ ms$/,
      ),
    ]);
  });
});

it.each([
  ['SIGINT', 'never-ready', 'handshake'],
  ['SIGTERM', 'never-ready', 'handshake'],
  // Its shim stands still meanwhile.
  ['SIGINT', 'ignores-term', 'leftovers'],
] as const)('%s ends all that was started and leaves no file: %s in %s', async (signal, fault, name) => {
  const path = await makePlugin(fault, { start: { timeout: '60s' }, stop: { grace: '60s' } });
  const env = { TMPDIR: temporary };
  await using running = followToru(folder, ['check', path, '--case', name], { env });
  await untilTrue('a plugin runs', () => pidsOfPlugin(temporary, 'one').some((pid) => isReady(pid, fault)));
  const { code, signal: by } = await running.end(signal);
  expect(signal === 'SIGINT' ? code : by).toBe(signal === 'SIGINT' ? 130 : 'SIGTERM');
});

/** The one that ignores SIGTERM is told to end once its shim stands still. */
function isReady(pid: number, fault: string): boolean {
  if (fault !== 'ignores-term') return true;
  const parent = /^PPid:\s*(\d+)$/m.exec(statusOf(pid))?.[1] ?? '';
  return /^State:\s*T/m.test(statusOf(parent));
}

/** Empty when the process is gone. */
function statusOf(pid: number | string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return '';
  }
}
