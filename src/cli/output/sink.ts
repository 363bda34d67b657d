/** Writing to standard output and standard error so that nothing is lost at exit and a closed pipe ends quietly. */

import { writeSync } from 'node:fs';
import { errnoOf, messageOf } from '../../protocol/result.ts';

/** The reader of standard output has left (EPIPE): there is no one to write to any more. */
export class OutputClosed extends Error {}

/** Standard output takes nothing (a full disk, a closed descriptor). The message is for people. */
export class OutputRefused extends Error {}

/** write(2)'s errors in words; others stand as Node names them. */
const WRITE_ERRORS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is too large',
  EIO: 'input/output error',
  EBADF: 'standard output is closed',
};

/** Writes all of it; settles when the kernel has it. Throws OutputClosed or OutputRefused. */
export async function writeOutput(text: string | Uint8Array): Promise<void> {
  await writeDescriptor(1, text);
}

/** Writes to standard error; a closed one is nobody's loss. */
export async function writeNote(text: string): Promise<void> {
  try {
    await writeDescriptor(2, text);
  } catch (thrown) {
    if (!(thrown instanceof OutputClosed || thrown instanceof OutputRefused)) throw thrown;
  }
}

function writeFault(thrown: unknown): Error {
  const errno = errnoOf(thrown) ?? '';
  if (errno === 'EPIPE') return new OutputClosed();
  return new OutputRefused(`cannot write the output: ${WRITE_ERRORS[errno] ?? messageOf(thrown)}`);
}

async function writeDescriptor(descriptor: 1 | 2, text: string | Uint8Array): Promise<void> {
  let bytes =
    typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(descriptor, bytes));
    } catch (thrown) {
      // EAGAIN: a pipe that somebody has made non-blocking is full. The stream waits for it without blocking signals.
      if (errnoOf(thrown) === 'EAGAIN') return writeStream(descriptor, bytes);
      throw writeFault(thrown);
    }
  }
}

function writeStream(descriptor: 1 | 2, bytes: Buffer): Promise<void> {
  const stream = descriptor === 1 ? process.stdout : process.stderr;
  return new Promise((resolve, reject) => {
    const onError = (thrown: Error): void => reject(writeFault(thrown));
    stream.once('error', onError);
    stream.write(bytes, (thrown) => {
      if (thrown) return onError(thrown);
      stream.off('error', onError);
      resolve();
    });
  });
}

/**
 * For a follow: writes through the stream, which waits for a slow reader without blocking, so that Ctrl-C and the
 * socket are still served. Settles when more may be written.
 */
export async function writeFollow(text: string): Promise<void> {
  if (text !== '') await writeStream(1, Buffer.from(text));
}

/** The same for bytes, and for standard error as well: what a script writes. */
export async function writePiece(descriptor: 1 | 2, bytes: Buffer): Promise<void> {
  if (bytes.length > 0) await writeStream(descriptor, bytes);
}
