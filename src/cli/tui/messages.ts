/** What happens to the interface, and what it asks to be done. */

import type { CallName, ParamsOf, StreamName } from '../../protocol/control/methods.ts';
import type { WatchItem } from '../../protocol/control/plugins.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/result.ts';
import type { ActionNews } from './desk.ts';
import type { Size } from './frame.ts';
import type { Connection } from './model.ts';
import type { Mouse } from './mouse-input.ts';

/** `a`, `A`, `/`, `up`, `pagedown`, `enter`, `escape`, `tab`, `backspace`, `ctrl-c`, …; what is typed comes key by key. */
export type Key = string;

export type Message =
  | { readonly type: 'key'; readonly key: Key }
  /** From the clipboard, whole: never keys. */
  | { readonly type: 'pasted'; readonly text: string }
  | ({ readonly type: 'mouse' } & Mouse)
  | { readonly type: 'resized'; readonly size: Size }
  | { readonly type: 'connection'; readonly connection: Connection }
  | { readonly type: 'watched'; readonly item: WatchItem }
  /** A second has passed while something that is shown depends on time. */
  | { readonly type: 'tick' }
  /** Of commands that are carried out. */
  | { readonly type: 'action'; readonly news: ActionNews }
  | ScreenMessage;

/** What changes the model. */
export type ModelMessage = Extract<Message, { readonly type: 'connection' | 'watched' }>;

/** To the screen whose tag it is. */
export type ScreenMessage =
  | { readonly type: 'answer'; readonly tag: string; readonly result: Result<unknown, ErrorBody> }
  | { readonly type: 'items'; readonly tag: string; readonly items: readonly unknown[] }
  | { readonly type: 'ended'; readonly tag: string; readonly failure: ErrorBody | undefined };

export type Effect =
  /** One question; its answer comes as `answer` with the tag. Questions only: what changes something is an `act`. */
  | CallEffect
  /** Follows, over restarts of torud; items come as `items`, several at once, until `unfollow` or `ended`. */
  | FollowEffect
  | { readonly type: 'unfollow'; readonly tag: string }
  /** Runs `toru ARGV…` in this process, as a person would: recorded, answered with a notice. */
  | ActEffect
  /** What Ctrl-C is to a command in a shell, to those that were typed behind `:` and go on. */
  | { readonly type: 'interrupt' }
  /** Asks which verbs there are, for completion; comes as news. */
  | { readonly type: 'ask-verbs' }
  /** Whether the terminal is to tell of the mouse. */
  | { readonly type: 'mouse'; readonly isOn: boolean }
  | { readonly type: 'copy'; readonly text: string }
  /** Gives the terminal to `toru edit PLUGIN` until that ends. */
  | { readonly type: 'edit'; readonly plugin: string }
  | { readonly type: 'quit' };

export interface ActEffect {
  readonly type: 'act';
  readonly argv: readonly string[];
  /** Typed behind `:`: what it says is shown whole. */
  readonly isTyped?: boolean;
  /** By plugin that is stopped: how long it has until it is killed. */
  readonly gracesMs?: ReadonlyMap<string, number>;
}

export interface CallEffect {
  readonly type: 'call';
  readonly tag: string;
  readonly method: CallName;
  readonly params: ParamsOf<CallName>;
}

export interface FollowEffect {
  readonly type: 'follow';
  readonly tag: string;
  readonly method: StreamName;
  readonly params: ParamsOf<StreamName>;
  /** Parameters behind the last item, so that nothing comes twice. */
  readonly resume: (last: unknown) => ParamsOf<StreamName>;
}

export function call<Name extends CallName>(tag: string, method: Name, params: ParamsOf<Name>): CallEffect {
  return { type: 'call', tag, method, params };
}
