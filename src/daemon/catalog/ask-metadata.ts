/** Runs `PROGRAM --metadata`: for a limited time, with few privileges, and without trusting how it ends. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { MAX_METADATA_BYTES, METADATA_TIMEOUT_MS } from '../../protocol/plugin/metadata.ts';
import { errnoOf, failure, type Result, success } from '../../protocol/result.ts';
import type { Clock } from '../base/clock.ts';
import { oneLine } from '../base/one-line.ts';
import { signalProcess } from '../base/process-identity.ts';
import { membersOf } from '../base/process-members.ts';
import type { AskPrivileges } from './ask-privileges.ts';

export interface AskFailure {
  /** The rest of a sentence that begins with `PROGRAM --metadata`. */
  readonly reason: string;
  /** True when the machine was at fault (no memory, no process to be had), so that it is worth another try. */
  readonly isPassing: boolean;
}

/** How the program ended, or why it did not. */
type End =
  | { readonly kind: 'unspawned'; readonly errno: string }
  | { readonly kind: 'hung' }
  | { readonly kind: 'flooded' }
  | {
      readonly kind: 'exited';
      readonly code: number | null;
      readonly signal: string | null;
      readonly stdout: Buffer;
      readonly stderr: Buffer;
    };

const MAX_STDERR_BYTES = 4096;
const PASSING_ERRORS: ReadonlySet<string> = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETXTBSY']);
/** Shells and env(1) end with these when they may not execute, or do not find, what the program needs. */
const NOT_EXECUTED_CODES: ReadonlySet<number | null> = new Set([126, 127]);

/**
 * What the program printed. Ways of running it are tried in order: the next one only when the program could not be
 * executed at all.
 * @param program absolute path
 * @param searchPath PATH of the program
 */
export async function askMetadata(
  program: string,
  searchPath: string,
  ways: readonly AskPrivileges[],
  clock: Clock,
): Promise<Result<Buffer, AskFailure>> {
  let end: End = { kind: 'unspawned', errno: 'ENOENT' };
  for (const way of ways) {
    end = await runOnce(program, searchPath, way, clock);
    const isNotExecuted =
      (end.kind === 'unspawned' && end.errno === 'EACCES') ||
      (end.kind === 'exited' && NOT_EXECUTED_CODES.has(end.code));
    if (!isNotExecuted) break;
  }
  return judge(end);
}

function judge(end: End): Result<Buffer, AskFailure> {
  switch (end.kind) {
    case 'unspawned':
      return failure({ reason: unspawnedReason(end.errno), isPassing: PASSING_ERRORS.has(end.errno) });
    case 'hung':
      return fault(
        `gave no answer within ${METADATA_TIMEOUT_MS / 1000} s and was killed; put a plugin.json beside it`,
      );
    case 'flooded':
      return fault(`printed more than ${MAX_METADATA_BYTES / 1024} KiB and was killed`);
    case 'exited':
      return end.code === 0 ? success(end.stdout) : fault(exitReason(end.code, end.signal, end.stderr));
  }
}

function fault(reason: string): Result<never, AskFailure> {
  return failure({ reason, isPassing: false });
}

function unspawnedReason(errno: string): string {
  if (errno === 'ENOENT') return 'could not be started: the interpreter in its first line does not exist';
  return `could not be started: ${errno}`;
}

function exitReason(code: number | null, signal: string | null, stderr: Buffer): string {
  const ending = code === null ? `was ended by ${signal ?? 'a signal'}` : `exited with ${code}`;
  const firstLine = stderr
    .toString('utf8')
    .split('\n')
    .find((line) => line.trim() !== '');
  return firstLine === undefined
    ? `${ending} and said nothing on stderr`
    : `${ending}: ${oneLine(firstLine, 200)}`;
}

/** One try. Settles at the end of the main process, whatever its children still hold open. */
function runOnce(program: string, searchPath: string, way: AskPrivileges, clock: Clock): Promise<End> {
  return new Promise((resolve) => {
    // By this, children that left the group are found as well.
    const mark = `TORU_METADATA=${randomUUID()}`;
    const [file = program, ...words] = [...way.prefix, program, '--metadata'];
    const child = spawn(file, words, {
      cwd: '/',
      env: { PATH: searchPath, LANG: 'C.UTF-8', TORU_METADATA: mark.slice(mark.indexOf('=') + 1) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...(way.id === undefined ? {} : { uid: way.id, gid: way.id }),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let stdoutBytes = 0;
    let stderrBytes = 0;
    let isSettled = false;
    const settle = (end: End): void => {
      if (isSettled) return;
      isSettled = true;
      timer.cancel();
      killGroup(child);
      for (const left of membersOf([mark])) signalProcess(left, 'SIGKILL');
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(end);
    };
    const timer = clock.setTimer(() => settle({ kind: 'hung' }), METADATA_TIMEOUT_MS);
    child.stdout?.on('data', (chunk: Buffer) => {
      stdoutBytes += chunk.length;
      if (stdoutBytes > MAX_METADATA_BYTES) settle({ kind: 'flooded' });
      else stdout.push(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (stderrBytes < MAX_STDERR_BYTES) stderr.push(chunk.subarray(0, MAX_STDERR_BYTES - stderrBytes));
      stderrBytes += chunk.length;
    });
    child.on('error', (thrown) =>
      settle({ kind: 'unspawned', errno: errnoOf(thrown) ?? 'an unknown error' }),
    );
    child.once('exit', (code, signal) => {
      killGroup(child);
      afterDrain(() =>
        settle({
          kind: 'exited',
          code,
          signal,
          stdout: Buffer.concat(stdout),
          stderr: Buffer.concat(stderr),
        }),
      );
    });
  });
}

/**
 * Calls back when everything that was in the pipes at this moment has been read. The end of the pipes is not waited
 * for: a child in a session of its own may hold them for ever. Each turn of the loop reads what is there.
 */
function afterDrain(callback: () => void, turns = 3): void {
  if (turns === 0) callback();
  else setImmediate(() => afterDrain(callback, turns - 1));
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (thrown) {
    // ESRCH: nobody is left. EPERM: somebody is left whom we may not end (a setuid program), and never may.
    if (errnoOf(thrown) !== 'ESRCH' && errnoOf(thrown) !== 'EPERM') throw thrown;
  }
}
