/** From a method's name and raw parameters to its handler: role, parameters, audit, and what handlers throw. */

import { type CallName, METHODS, type MethodName, type StreamName } from '../../protocol/control/methods.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, messageOf, type Result, success } from '../../protocol/result.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { allows, type Caller } from './access.ts';
import type { AuditLog } from './audit-log.ts';
import type { CallContext, Handlers } from './handlers/table.ts';
import { readParams } from './params.ts';

export type StreamOutcome = Result<unknown, ErrorBody>;
export type OpenStream = AsyncGenerator<unknown, StreamOutcome>;

type AnyCall = (params: unknown, caller: Caller, context: CallContext) => Promise<Result<unknown, ErrorBody>>;
type AnyStream = (params: unknown, caller: Caller, signal: AbortSignal) => OpenStream;

export class Dispatcher {
  readonly #handlers: Handlers;
  readonly #audit: Pick<AuditLog, 'record'>;
  readonly #log: SupervisorLog;
  /** Methods that were denied, by connection: each is logged once. */
  readonly #denied = new WeakMap<Caller, Set<MethodName>>();

  constructor(handlers: Handlers, audit: Pick<AuditLog, 'record'>, log: SupervisorLog) {
    this.#handlers = handlers;
    this.#audit = audit;
    this.#log = log;
  }

  /** Runs a call. Never rejects. */
  async call(
    method: CallName,
    rawParams: unknown,
    caller: Caller,
    signal: AbortSignal,
  ): Promise<Result<unknown, ErrorBody>> {
    const params = this.#admit(method, rawParams, caller);
    if (!params.ok) return params;
    const recordChange = this.#recorder(method, params.value, caller);
    try {
      // The table's types hold for what readParams has checked.
      const handler = this.#handlers[method] as AnyCall;
      const outcome = await handler(params.value, caller, { signal, recordChange });
      recordChange(outcome.ok ? { ok: true } : { error: outcome.failure });
      return outcome;
    } catch (thrown) {
      const error = this.reportFault(method, thrown);
      recordChange({ error });
      return failure(error);
    }
  }

  /** Begins a stream; nothing of it runs before its first item is pulled. */
  open(
    method: StreamName,
    rawParams: unknown,
    caller: Caller,
    signal: AbortSignal,
  ): Result<OpenStream, ErrorBody> {
    const params = this.#admit(method, rawParams, caller);
    if (!params.ok) return params;
    const handler = this.#handlers[method] as AnyStream;
    return success(handler(params.value, caller, signal));
  }

  /** Logs what a handler threw, and gives the error that its client gets. */
  reportFault(method: MethodName, thrown: unknown): ErrorBody {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    this.#log.write('error', 'control-fault', { method, reason: messageOf(thrown), stack });
    return errorBody('internal', `${method} failed inside torud`, {
      hint: 'toru logs --supervisor has the details',
    });
  }

  #admit(method: MethodName, rawParams: unknown, caller: Caller): Result<unknown, ErrorBody> {
    const { role } = METHODS[method];
    if (allows(caller.role, role)) return readParams(method, rawParams);
    const who = caller.actor.name ?? `uid ${caller.actor.uid ?? 'unknown'}`;
    const error = errorBody('denied', `${who} may ${caller.role}, and ${method} needs ${role}`, {
      hint: role === 'operate' ? 'use sudo, or become a member of the group toru' : 'use sudo',
    });
    this.#noteDenial(method, rawParams, caller, error);
    return failure(error);
  }

  #noteDenial(method: MethodName, params: unknown, caller: Caller, error: ErrorBody): void {
    const known = this.#denied.get(caller) ?? new Set();
    if (known.has(method)) return;
    this.#denied.set(caller, known.add(method));
    this.#log.write('warning', 'denied', { method, actor: caller.actor, role: caller.role });
    this.#audit.record(caller.actor, method, deniedParams(params), { error });
  }

  #recorder(method: CallName, params: unknown, caller: Caller): (result: unknown) => void {
    let isDone = !METHODS[method].isChange;
    return (result) => {
      if (isDone) return;
      isDone = true;
      this.#audit.record(caller.actor, method, params, result);
    };
  }
}

/** Those of a denied request were not checked; only the plugins that it named are kept. */
function deniedParams(params: unknown): unknown {
  if (typeof params !== 'object' || params === null) return {};
  const { names, plugin } = params as { readonly names?: unknown; readonly plugin?: unknown };
  const kept = Array.isArray(names)
    ? names.filter((name) => typeof name === 'string').slice(0, 16)
    : undefined;
  return {
    ...(kept === undefined ? {} : { names: kept }),
    ...(typeof plugin === 'string' ? { plugin } : {}),
  };
}
