/** The files that an outcome was made from, as they were then. */

import { printOf } from './file-identity.ts';

export class NotedFiles {
  readonly #paths: string[] = [];
  #print = '';

  /** Call before the file is looked at, so that a change while it is read shows later. */
  note(path: string): void {
    if (this.#paths.includes(path)) return;
    this.#paths.push(path);
    this.#print += printOf([path]);
  }

  /** True while none of the files was changed, replaced, made or removed. */
  areUnchanged(): boolean {
    return printOf(this.#paths) === this.#print;
  }
}
