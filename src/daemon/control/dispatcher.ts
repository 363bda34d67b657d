/** From a method's name and raw parameters to its handler: role, parameters, audit, and what handlers throw. */

import { type CallName, METHODS, type MethodName, type StreamName } from '../../protocol/control/methods.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, messageOf, type Result, success } from '../../protocol/result.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { RequestMeter } from '../metrics/request-meter.ts';
import { allows, type Caller, roleOn } from './access.ts';
import {
  type Admitted,
  admitByPlugin,
  denial,
  isWhole,
  type KnownPlugins,
  withRefused,
} from './admission.ts';
import { type AuditLog, auditedResult, isAudited } from './audit-log.ts';
import type { CallContext, Handlers } from './handlers/table.ts';
import { readParams } from './params.ts';

export type StreamOutcome = Result<unknown, ErrorBody>;
export type OpenStream = AsyncGenerator<unknown, StreamOutcome>;

type AnyCall = (params: unknown, caller: Caller, context: CallContext) => Promise<Result<unknown, ErrorBody>>;
type AnyStream = (params: unknown, caller: Caller, signal: AbortSignal) => OpenStream;

/** Denials of one connection that are logged; one that goes on asking is known by then. */
const MAX_NOTED_DENIALS = 256;
/** Stands among the denials of a connection that were noted; no method is called so. */
const FLOOD = 'more';
/** Names that are kept of a request that was denied. */
const MAX_NAMES_KEPT = 16;

export interface DispatcherParts {
  /** Needed for rules about some plugins only; without it such a rule gives nothing. */
  readonly plugins?: KnownPlugins;
  readonly meter?: RequestMeter;
}

export class Dispatcher {
  readonly #handlers: Handlers;
  readonly #audit: Pick<AuditLog, 'record'>;
  readonly #log: SupervisorLog;
  readonly #plugins: KnownPlugins | undefined;
  readonly #meter: RequestMeter | undefined;
  /** What was denied, by connection: the same thing is logged once. */
  readonly #denied = new WeakMap<Caller, Set<string>>();

  constructor(
    handlers: Handlers,
    audit: Pick<AuditLog, 'record'>,
    log: SupervisorLog,
    more: DispatcherParts = {},
  ) {
    this.#handlers = handlers;
    this.#audit = audit;
    this.#log = log;
    this.#plugins = more.plugins;
    this.#meter = more.meter;
  }

  /** Runs a call. Never rejects. */
  async call(
    method: CallName,
    rawParams: unknown,
    caller: Caller,
    signal: AbortSignal,
  ): Promise<Result<unknown, ErrorBody>> {
    const startedAt = performance.now();
    const outcome = await this.#call(method, rawParams, caller, signal);
    const durationMs = performance.now() - startedAt;
    const code = outcome.ok ? 'ok' : outcome.failure.code;
    this.#meter?.answered(method, durationMs, code);
    this.#log.write('debug', 'request', {
      method,
      actor: caller.actor,
      outcome: code,
      durationMs: roundedMs(durationMs),
    });
    return outcome;
  }

  async #call(
    method: CallName,
    rawParams: unknown,
    caller: Caller,
    signal: AbortSignal,
  ): Promise<Result<unknown, ErrorBody>> {
    const admitted = this.#admit(method, rawParams, caller);
    if (!admitted.ok) return admitted;
    const { params, hasWork } = admitted.value;
    if (!hasWork) return success(withRefused(undefined, admitted.value));
    const recordChange = this.#recorder(method, params, caller);
    try {
      // The table's types hold for what readParams has checked.
      const handler = this.#handlers[method] as AnyCall;
      const outcome = await handler(params, caller, { signal, recordChange });
      recordChange(outcome.ok ? auditedResult(outcome.value) : { error: outcome.failure });
      return outcome.ok ? success(withRefused(outcome.value, admitted.value)) : outcome;
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
    const admitted = this.#admit(method, rawParams, caller);
    const code = admitted.ok ? 'ok' : admitted.failure.code;
    this.#meter?.opened(method, code);
    this.#log.write('debug', 'stream', { method, actor: caller.actor, outcome: code });
    if (!admitted.ok) return admitted;
    const handler = this.#handlers[method] as AnyStream;
    return success(handler(admitted.value.params, caller, signal));
  }

  /** Logs what a handler threw, and gives the error that its client gets. */
  reportFault(method: MethodName, thrown: unknown): ErrorBody {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    this.#log.write('error', 'control-fault', { method, reason: messageOf(thrown), stack });
    return errorBody('internal', `${method} failed inside torud`, {
      hint: 'toru logs --supervisor has the details',
    });
  }

  #admit(method: MethodName, rawParams: unknown, caller: Caller): Result<Admitted, ErrorBody> {
    const { role } = METHODS[method];
    if (allows(caller.role, role)) {
      const params = readParams(method, rawParams);
      return params.ok ? success(isWhole(params.value)) : params;
    }
    const admitted = this.#admitPart(method, rawParams, caller);
    this.#noteDenials(method, rawParams, caller, admitted);
    return admitted;
  }

  #admitPart(method: MethodName, rawParams: unknown, caller: Caller): Result<Admitted, ErrorBody> {
    // Of somebody who may not do it anyhow, not even the parameters are looked at.
    if ((caller.grants ?? []).length === 0) return failure(denial(method, caller));
    const params = readParams(method, rawParams);
    return params.ok ? admitByPlugin(method, params.value, caller, this.#plugins) : params;
  }

  /** One line and one entry a request, and each only once a connection. */
  #noteDenials(
    method: MethodName,
    rawParams: unknown,
    caller: Caller,
    admitted: Result<Admitted, ErrorBody>,
  ): void {
    const refused = admitted.ok ? admitted.value.refused : [{ error: admitted.failure }];
    const errors = refused.flatMap(({ error }) => (error?.code === 'denied' ? [error] : []));
    const [error] = errors;
    if (error === undefined) return;
    const names = errors.flatMap(({ name }) => name ?? []).slice(0, MAX_NAMES_KEPT);
    const what = `${method} ${names.join(' ')}`;
    const known = this.#denied.get(caller) ?? new Set();
    if (known.has(what)) return;
    // What steers torud itself is never lost in a flood of lesser things.
    const most = METHODS[method].role === 'admin' ? 2 * MAX_NOTED_DENIALS : MAX_NOTED_DENIALS;
    if (known.size >= most) {
      this.#noteFlood(known, caller);
      return;
    }
    this.#denied.set(caller, known.add(what));
    const [first] = names;
    const role = first === undefined ? caller.role : roleOn(caller, first);
    const several = names.length > 1 ? { plugins: names } : {};
    const about = names.length === 1 && first !== undefined ? { plugin: first } : several;
    this.#log.write('warning', 'denied', { method, ...about, actor: caller.actor, role });
    const kept = names.length === 0 ? deniedParams(rawParams) : { names };
    this.#audit.record(caller.actor, method, kept, { error });
  }

  /** Once a connection: that there is more than what was noted. */
  #noteFlood(known: Set<string>, caller: Caller): void {
    if (known.has(FLOOD)) return;
    known.add(FLOOD);
    this.#log.write('warning', 'denials-no-longer-noted', { actor: caller.actor, noted: known.size - 1 });
  }

  #recorder(method: CallName, params: unknown, caller: Caller): (result: unknown) => void {
    let isDone = !isAudited(method, params);
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
    ? names.filter((name) => typeof name === 'string').slice(0, MAX_NAMES_KEPT)
    : undefined;
  return {
    ...(kept === undefined ? {} : { names: kept }),
    ...(typeof plugin === 'string' ? { plugin } : {}),
  };
}

/** Milliseconds without what is finer than a microsecond. */
function roundedMs(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
