/** What a screen is: an immutable value that answers keys and messages with the next screen. Views are pure. */

import type { LogLevel } from '../../protocol/control/logs.ts';
import type { Frame, Size } from './frame.ts';
import type { Look } from './look.ts';
import type { Effect, Key, ModelMessage, ScreenMessage } from './messages.ts';
import type { Model } from './model.ts';
import type { LogPattern } from './screens/logs/logs-pattern.ts';

export interface Context {
  readonly model: Model;
  readonly look: Look;
  /** Of the body: the rows between header and footer. */
  readonly size: Size;
  /** Rows at the bottom of the body that something else is shown over; absent: none. */
  readonly coveredRows?: number;
  /** Monotonic, milliseconds. */
  readonly nowMs: number;
  /** Wall clock, milliseconds since 1970. */
  readonly wallMs: number;
}

export interface KeyHelp {
  /** As it is shown: `enter`, `/`, `n N`. */
  readonly keys: string;
  readonly does: string;
}

/** The word on the button, and what is to be known before it is pressed. */
export interface PlainQuestion {
  readonly verb: string;
  readonly note: string;
}

/** Where to go after a key. */
export type Navigation =
  | { readonly kind: 'open'; readonly screen: Screen }
  | { readonly kind: 'back' }
  /** A question to the person before something is done. */
  | {
      readonly kind: 'confirm';
      readonly argv: readonly string[];
      readonly plugins: readonly string[];
      /** Of what is about no plugin: there is no plan for it. */
      readonly question?: PlainQuestion;
    }
  /** A line of text: `/`, `:`; it comes back as `onPrompt` with the same name. */
  | { readonly kind: 'prompt'; readonly name: string; readonly lead: string; readonly text: string };

export interface Step {
  readonly screen: Screen;
  readonly effects?: readonly Effect[];
  readonly go?: Navigation;
  /** One line for the person, until the next key. */
  readonly notice?: string;
}

export interface Screen {
  /** `list`, `logs web`; the way here stands in the title line. */
  readonly title: string;
  /** Prefix of the tags of its effects; unique among the open screens. */
  readonly tag: string;
  readonly keys: readonly KeyHelp[];
  /** Keys that only the help tells of. */
  readonly moreKeys?: readonly KeyHelp[];
  /** True while what it shows changes with time alone. */
  readonly isTicking: boolean;
  /** What it wants when it is shown for the first time. */
  open(context: Context): Step;
  /** Undefined: the key means nothing here. */
  onKey(key: Key, context: Context): Step | undefined;
  /** A click on a row of the body, from 0: it chooses what is there, and opens what is chosen already. */
  onClick?(row: number, context: Context, column: number): Step | undefined;
  onMessage(message: ScreenMessage, context: Context): Step;
  /** After the model has changed, on each open screen. Undefined: that changes nothing here. */
  onModel?(message: ModelMessage, before: Model, context: Context): Step | undefined;
  /** While a prompt is typed (`isDone` false), when it is finished, and with undefined when it is given up. */
  onPrompt(name: string, text: string | undefined, isDone: boolean, context: Context): Step;
  /** It is about no plugins: the keys that act on one mean nothing here. */
  readonly isApart?: boolean;
  /** The plugin that actions are about; undefined: none is chosen. */
  chosen(context: Context): string | undefined;
  /** Plugins that were marked: actions are about all of them. Empty or absent: about the chosen one. */
  chosenAll?(context: Context): readonly string[];
  /** What is left out of what is shown, for the line below the header. Foreign text in it is sanitised. */
  note?(context: Context): string;
  view(context: Context): Frame;
  /** The words behind `toru` that show the same, or do what the chosen line offers. */
  command(context: Context): readonly string[];
  /** Ends what it follows. */
  close(): readonly Effect[];
}

/** Where a log is to be opened: at the line that was written at this time, or the next one. */
export interface LogPlace {
  /** RFC 3339 UTC. */
  readonly at: string;
  /** Undefined: whichever run wrote then. */
  readonly runId?: number;
  /** The first line of the run is meant, which is written after this time; else its last one. */
  readonly isBeginning?: boolean;
}

/** Which lines a log is opened with. */
export interface LogFilter {
  readonly level?: LogLevel;
  readonly stream?: 'stdout' | 'stderr';
  readonly pattern?: LogPattern;
}

/** Which screen leads to which; given to the screens, so that they need not know each other. */
export interface Doors {
  detail(id: string): Screen;
  /** @param place undefined: the end, followed */
  logs(ids: readonly string[], place?: LogPlace, filter?: LogFilter): Screen;
  /** @param id undefined: of all plugins */
  crashes(id: string | undefined): Screen;
  crash(id: string, crashId: number): Screen;
  compare(id: string, crashId: number, otherCrashId: number): Screen;
  /**
   * @param id undefined: of all plugins
   * @param kind word of the kind that is shown first
   */
  events(id: string | undefined, kind?: string): Screen;
  tasks(): Screen;
  /** @param id whole, or a beginning that only one task has */
  taskOutput(id: string): Screen;
  quickActions(): Screen;
  scripts(): Screen;
  schedules(): Screen;
}
