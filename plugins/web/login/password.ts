/**
 * Passwords as Argon2id hashes (RFC 9106) in the PHC string form. A hash takes memory and a core for a while by intent:
 * they are made one after the other, and only so many may wait.
 */

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { failure, type Result, success } from '../../../src/protocol/result.ts';

const hashWith = promisify(argon2);

interface Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/**
 * One of the equal ones that OWASP's password storage cheat sheet names for Argon2id: that with 19 MiB and 2 passes would
 * take two fifths of the memory that a hostile load may cost here.
 */
const COST: Cost = { memoryKib: 9 * 1024, passes: 4, lanes: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;
const ARGON2_VERSION = 19;

/** Hashes that wait or are being made; one more is refused. */
const MAX_WAITING = 16;

export const MIN_PASSWORD_LENGTH = 8;
/** In bytes of UTF-8. */
export const MAX_PASSWORD_BYTES = 1024;

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Why a text cannot be a new password; undefined when it can. */
export function passwordFault(password: string): string | undefined {
  if ([...password].length < MIN_PASSWORD_LENGTH) {
    return `a password has at least ${MIN_PASSWORD_LENGTH} characters`;
  }
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES)
    return `a password has at most ${MAX_PASSWORD_BYTES} bytes`;
  return undefined;
}

export class Passwords {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #dummy: string | undefined;

  /** @returns a PHC string; the failure: too many wait already */
  async hash(password: string): Promise<Result<string, 'busy'>> {
    const salt = randomBytes(SALT_BYTES);
    const tag = await this.#inTurn(() => tagOf(password, salt, COST, TAG_BYTES));
    return tag === undefined ? failure('busy') : success(encode(COST, salt, tag));
  }

  /**
   * Whether the password is the hash's. Without a hash (there is no such user) it takes as long and says no.
   * The failure: too many wait already.
   */
  async isRight(password: string, hash: string | undefined): Promise<Result<boolean, 'busy'>> {
    if (hash === undefined && this.#dummy === undefined) {
      const made = await this.hash('no password at all');
      if (!made.ok) return made;
      this.#dummy = made.value;
    }
    const stored = decode(hash ?? this.#dummy ?? '');
    if (stored === undefined) return success(false);
    const { cost, salt, tag } = stored;
    const found = await this.#inTurn(() => tagOf(password, salt, cost, tag.length));
    if (found === undefined) return failure('busy');
    return success(timingSafeEqual(found, tag) && hash !== undefined);
  }

  /** @returns undefined when too many wait */
  async #inTurn(work: () => Promise<Buffer>): Promise<Buffer | undefined> {
    if (this.#waiting >= MAX_WAITING) return undefined;
    this.#waiting += 1;
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }
}

function tagOf(password: string, salt: Buffer, cost: Cost, tagBytes: number): Promise<Buffer> {
  return hashWith('argon2id', {
    // One text, one hash, however a keyboard composes its letters.
    message: Buffer.from(password.normalize('NFC')),
    nonce: salt,
    parallelism: cost.lanes,
    tagLength: tagBytes,
    memory: cost.memoryKib,
    passes: cost.passes,
  });
}

function encode({ memoryKib, passes, lanes }: Cost, salt: Buffer, tag: Buffer): string {
  const head = `$argon2id$v=${ARGON2_VERSION}$m=${memoryKib},t=${passes},p=${lanes}`;
  return `${head}$${bare(salt)}$${bare(tag)}`;
}

/** Base64 without padding, as PHC strings have it. */
function bare(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

function decode(
  phc: string,
): { readonly cost: Cost; readonly salt: Buffer; readonly tag: Buffer } | undefined {
  const match = PHC.exec(phc);
  if (match === null) return undefined;
  const [, memory, passes, lanes, salt = '', tag = ''] = match;
  const cost = { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) };
  return { cost, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') };
}
