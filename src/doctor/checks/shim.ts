/** toru-shim: there, for this machine, and working; and how it was built. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isExecutable } from '../../daemon/catalog/program-finder.ts';
import type { Finding } from '../../protocol/programs.ts';
import { errnoOf, messageOf } from '../../protocol/result.ts';
import type { Check } from '../finding.ts';
import { fail, ok, skip, warn } from '../finding.ts';
import { buildRecordOf } from './runtime.ts';

const AGAIN = 'install toru again, or npm run build in a checkout (a C compiler is needed)';
const PROBE_LIMIT_MS = 2_000;
/** e_machine of elf(5). */
const MACHINES: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64' };
/** Program header that names an interpreter: a dynamic program. */
const PT_INTERP = 3;

export const shim: Check = async (view) => {
  const file = join(view.request.distFolder, 'native', process.arch, 'toru-shim');
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return [fail('shim.file', `${file} cannot be read: ${messageOf(thrown)}`, AGAIN)];
  }
  if (!isExecutable(file)) return [fail('shim.file', `${file} is not executable`, `chmod 755 ${file}`)];
  return [elfFinding(bytes, file), await probeFinding(file), recordFinding(bytes, view.request.distFolder)];
};

/** @param bytes of the program (elf(5), 64 bit, little endian) */
export function elfFinding(bytes: Buffer, file: string): Finding {
  const name = 'shim.file';
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46)
    return fail(name, `${file} is not a program of Linux`, AGAIN);
  const machine = MACHINES[bytes.readUInt16LE(18)] ?? 'another machine';
  if (machine !== process.arch)
    return fail(name, `${file} is made for ${machine}, and this is ${process.arch}`, AGAIN);
  if (hasInterpreter(bytes))
    return warn(
      name,
      `${file} is linked dynamically: it takes more memory, and breaks with the C library`,
      'apt install musl-tools, then npm run build',
    );
  return ok(name, `${file}: static, for ${machine}, ${Math.ceil(bytes.length / 1024)} KiB`);
}

function hasInterpreter(bytes: Buffer): boolean {
  const start = Number(bytes.readBigUInt64LE(32));
  const size = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  for (let at = 0; at < count; at += 1) {
    const offset = start + at * size;
    if (offset + 4 <= bytes.length && bytes.readUInt32LE(offset) === PT_INTERP) return true;
  }
  return false;
}

/** Without a spec it says how it is used: enough to see that the kernel runs it. */
function probeFinding(file: string): Promise<Finding> {
  const name = 'shim.runs';
  return new Promise((resolve) => {
    execFile(file, [], { timeout: PROBE_LIMIT_MS }, (thrown, _stdout, stderr) => {
      if (stderr.includes('usage: toru-shim')) resolve(ok(name, 'it runs'));
      else resolve(fail(name, `${file} does not run: ${thrown?.message ?? 'it says nothing'}`, AGAIN));
    });
  });
}

function recordFinding(bytes: Buffer, distFolder: string): Finding {
  const name = 'shim.build';
  const record = buildRecordOf(distFolder, `${process.arch}/toru-shim`);
  if (record === undefined) return skip(name, 'nobody wrote down how it was built');
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== record.sha256)
    return warn(name, `it is not the one that ${record.compiler} built (its SHA-256 is ${digest})`, AGAIN);
  return ok(
    name,
    `built by ${record.compiler}${record.static ? ', static' : ''}, SHA-256 ${digest.slice(0, 12)}…`,
  );
}
