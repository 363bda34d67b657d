/** One request from its line to its last answer. */

import {
  type CallName,
  isMethodName,
  METHODS,
  type MethodName,
  type StreamName,
} from '../../protocol/control/methods.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure } from '../../protocol/result.ts';
import { behalfOf, type Caller } from './access.ts';
import type { Dispatcher, OpenStream, StreamOutcome } from './dispatcher.ts';
import type { RawRequest } from './frame-reading.ts';

/** A request's last answer, without its id. */
export type Reply = { readonly result: unknown } | { readonly end: unknown } | { readonly error: ErrorBody };

export interface RequestContext {
  readonly dispatcher: Dispatcher;
  readonly caller: Caller;
  /** What the client calls itself. */
  readonly client: string;
  /** Aborted when the client cancels or is gone. */
  readonly signal: AbortSignal;
  /** Waits until the client takes what it was sent; false when it is gone. */
  turn(): Promise<boolean>;
  /** Sends one item of a stream. */
  item(item: unknown): void;
}

/** Never rejects but for a bug of its own; what handlers throw becomes `internal`. */
export async function serveRequest(request: RawRequest, context: RequestContext): Promise<Reply> {
  const { method } = request;
  const caller = behalfOf(context.caller, request.onBehalfOf, context.client);
  if (typeof method !== 'string' || !isMethodName(method)) {
    return { error: errorBody('usage', unknownMethod(method)) };
  }
  return isStream(method)
    ? serveStream(method, request.params, { ...context, caller })
    : serveCall(method as CallName, request.params, { ...context, caller });
}

async function serveCall(method: CallName, params: unknown, context: RequestContext): Promise<Reply> {
  const outcome = await context.dispatcher.call(method, params, context.caller, context.signal);
  return outcome.ok ? { result: outcome.value } : { error: outcome.failure };
}

async function serveStream(method: StreamName, params: unknown, context: RequestContext): Promise<Reply> {
  const opened = context.dispatcher.open(method, params, context.caller, context.signal);
  if (!opened.ok) return { error: opened.failure };
  try {
    const outcome = await pull(opened.value, context);
    return outcome.ok ? { end: outcome.value } : { error: outcome.failure };
  } catch (thrown) {
    return { error: context.dispatcher.reportFault(method, thrown) };
  }
}

/**
 * Pulls the next item only when the last one is on its way, so that a slow reader slows the source. A cancelled
 * stream should end by itself, with its `end`; one that gives another item instead is closed.
 */
async function pull(stream: OpenStream, { signal, turn, item }: RequestContext): Promise<StreamOutcome> {
  for (;;) {
    await turn();
    const next = await stream.next();
    if (next.done === true) return next.value;
    if (signal.aborted) {
      const interrupted: StreamOutcome = failure(errorBody('interrupted', 'the stream was cancelled'));
      await stream.return(interrupted);
      return interrupted;
    }
    item(next.value);
  }
}

function isStream(method: MethodName): method is StreamName {
  return METHODS[method].isStream;
}

function unknownMethod(method: unknown): string {
  if (typeof method !== 'string') return 'method is missing: it must be a string';
  return `there is no method ${JSON.stringify(method.slice(0, 64))}`;
}
