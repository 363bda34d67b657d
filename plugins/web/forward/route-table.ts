/** Which plugin takes which path, kept up to date by the items of `plugin.watch`. Pure: no I/O, no timers. */

import type { PluginHttp, PluginStatus, WatchItem } from '../../../src/protocol/control/plugins.ts';
import type { ForwardMatch } from './contract.ts';
import { isFitPath, isFitQuery } from './request-path.ts';

/** Seconds after which a client may try again, by state; a plugin in backoff says itself when it is due. */
const RETRY_SECONDS: Readonly<Partial<Record<PluginStatus['state'], number>>> = {
  starting: 1,
  stopping: 2,
  waiting: 5,
};
const RETRY_WHEN_DOWN_SECONDS = 30;
const MAX_RETRY_SECONDS = 300;

interface Routed {
  readonly status: PluginStatus;
  readonly http: PluginHttp;
  /** Without a slash at its end; empty: it has none, or all of them. */
  readonly route: string;
}

export class RouteTable {
  readonly #plugins = new Map<string, Routed>();
  /** Ids by route, each list sorted. */
  readonly #routes = new Map<string, string[]>();
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A snapshot replaces all; any other item one plugin. */
  apply(item: WatchItem): void {
    if (item.kind === 'snapshot') {
      this.#plugins.clear();
      this.#routes.clear();
      for (const status of item.plugins) this.#set(status);
    } else if (item.kind === 'plugin') this.#set(item.plugin);
    else if (item.kind === 'removed') this.#remove(item.id);
  }

  /** The run that a plugin answers with now; undefined while it does not run. */
  runOf(id: string): number | undefined {
    const status = this.#plugins.get(id)?.status;
    return status?.state === 'running' ? (status.runId ?? undefined) : undefined;
  }

  matchId(id: string, rest: string): ForwardMatch {
    const split = splitTarget(rest);
    if (split === undefined) return { kind: 'bad-path' };
    const routed = this.#plugins.get(id);
    if (routed === undefined) return { kind: 'none' };
    return this.#match(routed, routed.route + split.path, split.query, `/api/plugins/${id}`);
  }

  /** The longest route that the path begins with, segment by segment, wins; of equal ones the enabled plugin, then the first id. */
  matchRoute(base: string, rest: string): ForwardMatch {
    const split = splitTarget(rest);
    if (split === undefined) return { kind: 'bad-path' };
    let prefix = split.path;
    while (prefix.endsWith('/')) prefix = prefix.slice(0, -1);
    for (;;) {
      const routed = prefix === '' ? undefined : this.#ownerOf(prefix);
      if (routed !== undefined) return this.#match(routed, split.path, split.query, base + routed.route);
      const cut = prefix.lastIndexOf('/');
      if (cut <= 0) return { kind: 'none' };
      prefix = prefix.slice(0, cut);
    }
  }

  #match({ status, http }: Routed, path: string, query: string, prefix: string): ForwardMatch {
    if (!status.enabled) return { kind: 'none' };
    if (status.state !== 'running' || status.runId === null)
      return { kind: 'away', id: status.id, retryAfterSeconds: this.#retryAfter(status) };
    return {
      kind: 'target',
      target: {
        id: status.id,
        runId: status.runId,
        socket: http.socket,
        httpSocket: http.httpSocket,
        path: (path === '' ? '/' : path) + query,
        prefix,
      },
    };
  }

  #retryAfter({ state, nextRestartAt }: PluginStatus): number {
    if (nextRestartAt === null) return RETRY_SECONDS[state] ?? RETRY_WHEN_DOWN_SECONDS;
    const seconds = Math.ceil((Date.parse(nextRestartAt) - this.#now()) / 1000);
    return Math.min(MAX_RETRY_SECONDS, Math.max(1, Number.isNaN(seconds) ? 1 : seconds));
  }

  #ownerOf(route: string): Routed | undefined {
    const owners = (this.#routes.get(route) ?? []).flatMap((id) => this.#plugins.get(id) ?? []);
    return owners.find(({ status }) => status.enabled) ?? owners[0];
  }

  #set(status: PluginStatus): void {
    this.#remove(status.id);
    const { http } = status;
    if (http === undefined) return;
    const route = (http.route ?? '').replace(/\/+$/, '');
    this.#plugins.set(status.id, { status, http, route });
    if (route === '') return;
    const ids = this.#routes.get(route) ?? [];
    this.#routes.set(route, [...ids, status.id].sort());
  }

  #remove(id: string): void {
    const routed = this.#plugins.get(id);
    if (routed === undefined) return;
    this.#plugins.delete(id);
    const ids = (this.#routes.get(routed.route) ?? []).filter((other) => other !== id);
    if (ids.length === 0) this.#routes.delete(routed.route);
    else this.#routes.set(routed.route, ids);
  }
}

/** Path and query (its `?` included); undefined when either is none that may be handed on. */
function splitTarget(rest: string): { readonly path: string; readonly query: string } | undefined {
  const mark = rest.indexOf('?');
  const path = mark === -1 ? rest : rest.slice(0, mark);
  const query = mark === -1 ? '' : rest.slice(mark);
  if (path !== '' && !path.startsWith('/')) return undefined;
  return isFitPath(path) && isFitQuery(query.slice(1)) ? { path, query } : undefined;
}
