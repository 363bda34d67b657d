/** Digests of programs, kept by the identity of the file: a program that many plugins share is read once. */

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { errnoOf } from '../../protocol/result.ts';
import { identityOf, statsOf } from './file-identity.ts';

const PIECE_BYTES = 256 * 1024;
const MAX_KEPT = 10_000;

export class ProgramHashes {
  readonly #hashes = new Map<string, Promise<string>>();

  /**
   * Digest of a plugin: SHA-256, in hexadecimal, over its metadata document and the SHA-256 of its program.
   * @param documentHash SHA-256 of the metadata document
   */
  async digest(documentHash: string, program: string): Promise<string> {
    return createHash('sha256')
      .update(`${documentHash}\n${await this.#hashOf(program)}\n`)
      .digest('hex');
  }

  #hashOf(program: string): Promise<string> {
    const stats = statsOf(program);
    const identity = stats === undefined ? `gone:${program}` : identityOf(stats);
    const known = this.#hashes.get(identity);
    if (known !== undefined) return known;
    // The oldest goes: a map keeps the order in which keys came.
    for (const oldest of this.#hashes.keys()) {
      if (this.#hashes.size < MAX_KEPT) break;
      this.#hashes.delete(oldest);
    }
    const hash = hashFile(program, identity);
    this.#hashes.set(identity, hash);
    return hash;
  }
}

/** SHA-256 of a file's bytes; of its identity where torud may execute but not read it. */
async function hashFile(path: string, identity: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const file = await open(path, 'r');
    try {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      for (;;) {
        const { bytesRead } = await file.read(piece, 0, piece.length, null);
        if (bytesRead === 0) break;
        hash.update(piece.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return createHash('sha256').update(identity).digest('hex');
  }
  return hash.digest('hex');
}
