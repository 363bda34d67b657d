/** Carries out commands for the stage: each a child of its own, several at once, with news of how it goes. */

import type { ChildProcess } from 'node:child_process';
import { runOnTerminal, runToru } from './action-run.ts';
import type { ActionNews, VerbHelp } from './desk.ts';
import type { ActEffect } from './messages.ts';

export interface ActionRunnerParts {
  /** The program and first arguments that are `toru`, options of this session included. */
  readonly toru: readonly [string, ...string[]];
  readonly tell: (news: ActionNews) => void;
  /** Gives the terminal away while `work` runs. */
  readonly lend: (work: () => Promise<void>) => Promise<void>;
  /** Settles when somebody has read what stands on the terminal. */
  readonly awaitKey: (text: string) => Promise<void>;
  /**
   * @param code undefined: it had not ended when the session did
   * @param edited what an editor has made of the text
   */
  readonly record: (argv: readonly string[], code: number | null | undefined, edited?: string) => void;
  /** The text of a plugin's drop-in, empty without one; undefined: torud does not say. */
  readonly dropIn: (plugin: string) => Promise<string | undefined>;
}

interface Running {
  readonly argv: readonly string[];
  readonly child: ChildProcess | undefined;
  readonly isTyped: boolean;
}

/** Verbs that change nothing: with the session they end as well. */
const READING: ReadonlySet<string> = new Set([
  'logs',
  'events',
  'wait',
  'list',
  'ls',
  'doctor',
  'check',
  'tasks',
  'system',
]);

export class ActionRunner {
  readonly #parts: ActionRunnerParts;
  readonly #running = new Map<number, Running>();
  #editing: ChildProcess | undefined;
  #lastId = 0;
  #isAskingVerbs = false;

  constructor(parts: ActionRunnerParts) {
    this.#parts = parts;
  }

  async act({ argv, isTyped = false, gracesMs = new Map() }: ActEffect): Promise<void> {
    const { toru, tell, record } = this.#parts;
    this.#lastId += 1;
    const id = this.#lastId;
    tell({ kind: 'began', id, argv, isTyped, gracesMs });
    const { child, end } = runToru(toru, argv);
    this.#running.set(id, { argv, child, isTyped });
    const { code, lines } = await end;
    if (!this.#running.delete(id)) return;
    record(argv, code);
    tell({ kind: 'ended', id, code, lines });
  }

  /** Gives the terminal to the editor; what did not end well stays to be read. */
  async edit(plugin: string): Promise<void> {
    const { toru, tell, lend, awaitKey, record, dropIn } = this.#parts;
    const argv = ['edit', plugin];
    this.#lastId += 1;
    const id = this.#lastId;
    tell({ kind: 'began', id, argv, isTyped: false, gracesMs: new Map() });
    let code: number | null = null;
    let before: string | undefined;
    let after: string | undefined;
    await lend(async () => {
      before = await dropIn(plugin);
      code = await runOnTerminal(toru, argv, (child) => {
        this.#editing = child;
      });
      this.#editing = undefined;
      after = await dropIn(plugin);
      if (code !== 0) await awaitKey(`toru edit ${plugin}: ended with ${code ?? 'a signal'}. Press a key.`);
    });
    // What it said itself stood on the lent terminal.
    if (code === 0 && after !== undefined && after === before)
      return tell({ kind: 'ended', id, code, lines: ['unchanged'] });
    record(argv, code, before === undefined ? undefined : after);
    const next = `a plugin that runs takes new settings with "toru reload ${plugin}"`;
    tell({ kind: 'ended', id, code, lines: code === 0 ? [next] : [] });
  }

  /** As Ctrl-C in a shell: what torud has begun goes on. */
  interrupt(): void {
    for (const { child, isTyped } of this.#running.values()) if (isTyped) child?.kill('SIGINT');
  }

  /** What can be typed behind `:`, from the help of this toru. */
  async askVerbs(): Promise<void> {
    if (this.#isAskingVerbs) return;
    this.#isAskingVerbs = true;
    const { code, lines } = await runToru(this.#parts.toru, ['help', '--json']).end;
    if (code === 0) this.#parts.tell({ kind: 'verbs', verbs: verbsOf(lines.join('\n')) });
  }

  /** What is under way goes on without us; what only reads has nobody to read for. @returns the former */
  end(): readonly (readonly string[])[] {
    const left: (readonly string[])[] = [];
    for (const { argv, child } of this.#running.values()) {
      if (READING.has(argv[0] ?? '')) child?.kill('SIGTERM');
      else {
        this.#parts.record(argv, undefined);
        left.push(argv);
      }
      child?.stdout?.destroy();
      child?.stderr?.destroy();
      child?.unref();
    }
    this.#running.clear();
    this.#editing?.kill('SIGTERM');
    return left;
  }
}

function verbsOf(text: string): readonly VerbHelp[] {
  const document = JSON.parse(text) as { readonly help?: { readonly verbs?: readonly VerbHelp[] } };
  return document.help?.verbs ?? [];
}
