/** A regular expression from outside: it may be one that takes for ever, so each use has a time limit. */

import { createContext, Script } from 'node:vm';
import { failure, messageOf, type Result, success } from '../../../../src/protocol/result.ts';

export const MAX_PATTERN_LENGTH = 1000;

/** For the messages of one batch; all requests wait meanwhile. */
const LIMIT_MS = 50;

/** The limit is that of a script (node:vm), which ends what it calls as well. */
const slot: { work: () => void } = { work: () => undefined };
let script: { readonly run: () => void } | undefined;

export class Pattern {
  readonly #regex: RegExp;
  #isTooSlow = false;

  private constructor(regex: RegExp) {
    this.#regex = regex;
  }

  /** The failure: why it is no regular expression. */
  static parse(text: string): Result<Pattern, string> {
    try {
      return success(new Pattern(new RegExp(text, 'u')));
    } catch {
      // What is written for grep(1) may be none by the strict rules: `\-` for one.
    }
    try {
      return success(new Pattern(new RegExp(text)));
    } catch (thrown) {
      return failure(messageOf(thrown));
    }
  }

  /** True once it took too long; it matches nothing any more then. */
  get isTooSlow(): boolean {
    return this.#isTooSlow;
  }

  /** Those that it matches. @param textOf what it is held against */
  filter<Value>(values: readonly Value[], textOf: (value: Value) => string): readonly Value[] {
    let found: readonly Value[] = [];
    if (this.#isTooSlow || values.length === 0) return found;
    slot.work = () => {
      found = values.filter((value) => this.#regex.test(textOf(value)));
    };
    try {
      runLimited();
    } catch (thrown) {
      if ((thrown as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw thrown;
      this.#isTooSlow = true;
    }
    return found;
  }
}

function runLimited(): void {
  if (script === undefined) {
    const context = createContext({ slot });
    const compiled = new Script('slot.work()');
    script = { run: () => void compiled.runInContext(context, { timeout: LIMIT_MS }) };
  }
  script.run();
}
