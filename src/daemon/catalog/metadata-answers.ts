/** Answers to `--metadata`, kept by the identity of the program, so that a rescan runs nothing twice. */

import { failure, type Result } from '../../protocol/result.ts';
import type { Clock } from '../base/clock.ts';
import { type AskFailure, askMetadata } from './ask-metadata.ts';
import { askPrivileges } from './ask-privileges.ts';

/** How many programs are asked at a time. */
const MAX_PARALLEL = 4;

export type Answer = Result<Buffer, AskFailure>;

export class MetadataAnswers {
  readonly #clock: Clock;
  readonly #ownUid: number;
  readonly #searchPath: string;
  readonly #answers = new Map<string, Promise<Answer>>();
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(clock: Clock, ownUid: number, searchPath: string) {
    this.#clock = clock;
    this.#ownUid = ownUid;
    this.#searchPath = searchPath;
  }

  /**
   * What the program prints; at once when it has been asked and is still the same file.
   * @param program absolute path without symbolic links
   * @param identity of the program's file
   * @param wantsRetry ask again if the last answer was a failure
   */
  async ask(program: string, identity: string, wantsRetry: boolean): Promise<Answer> {
    const known = await this.#answers.get(identity);
    if (known !== undefined && (known.ok || !(wantsRetry || known.failure.isPassing))) return known;
    const asked = this.#askOne(program);
    this.#answers.set(identity, asked);
    return asked;
  }

  /** Forgets the answers of all other programs. */
  keepOnly(identities: ReadonlySet<string>): void {
    for (const identity of this.#answers.keys()) {
      if (!identities.has(identity)) this.#answers.delete(identity);
    }
  }

  async #askOne(program: string): Promise<Answer> {
    const ways = askPrivileges(program, this.#ownUid);
    if (ways.length === 0) {
      const reason =
        'cannot be run without privileges: /usr/bin/setpriv is missing; put a plugin.json beside it';
      return failure({ reason, isPassing: true });
    }
    await this.#turn();
    try {
      return await askMetadata(program, this.#searchPath, ways, this.#clock);
    } finally {
      this.#running--;
      this.#queue.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    while (this.#running >= MAX_PARALLEL) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#running++;
  }
}
