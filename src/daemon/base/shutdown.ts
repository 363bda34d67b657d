/** What has to be closed when torud ends, in the reverse order of its opening. */

import { messageOf } from '../../protocol/result.ts';

export interface Closer {
  /** For messages: `control socket`. */
  readonly name: string;
  close(): Promise<void> | void;
}

export class Shutdown {
  #closers: Closer[] = [];

  add(name: string, close: Closer['close']): void {
    this.#closers.push({ name, close });
  }

  /** Closes all, the last one added first. One that fails is named and does not keep the others open. */
  async run(): Promise<readonly string[]> {
    const failures: string[] = [];
    const closers = this.#closers.reverse();
    this.#closers = [];
    for (const closer of closers) {
      try {
        await closer.close();
      } catch (thrown) {
        failures.push(`${closer.name}: ${messageOf(thrown)}`);
      }
    }
    return failures;
  }
}
