/** What a handler is: one function a method of the protocol's table. */

import type {
  CallName,
  EndOf,
  ItemOf,
  ParamsOf,
  ResultOf,
  StreamName,
} from '../../../protocol/control/methods.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import type { Result } from '../../../protocol/result.ts';
import type { Caller } from '../access.ts';

export interface CallContext {
  /** Aborted when the client cancels or is gone; what was begun goes on, only the waiting ends. */
  readonly signal: AbortSignal;
  /**
   * Writes the change to `audit` now, for a handler that goes on to wait. Otherwise the dispatcher does it with the
   * handler's outcome. Counts once.
   */
  recordChange(result: unknown): void;
}

export type CallHandler<Name extends CallName> = (
  params: ParamsOf<Name>,
  caller: Caller,
  context: CallContext,
) => Promise<Result<ResultOf<Name>, ErrorBody>>;

/** The generator must end soon after `signal` is aborted. */
export type StreamHandler<Name extends StreamName> = (
  params: ParamsOf<Name>,
  caller: Caller,
  signal: AbortSignal,
) => AsyncGenerator<ItemOf<Name>, Result<EndOf<Name>, ErrorBody>>;

export type Handlers = { readonly [Name in CallName]: CallHandler<Name> } & {
  readonly [Name in StreamName]: StreamHandler<Name>;
};
