/** What the page of a plugin gets beside its container: requests to its plugin, and a few things of the console. */

import type { ErrorCode, Plugin } from '../../api/answer-types.ts';
import { request } from '../../api/request.ts';
import { sessionState } from '../../session/session-state.ts';
import { consolePath, ownAddress } from './page-address.ts';

/** As plugins/README.md tells it to authors. */
export interface PageApi {
  /** As the browser's own, for paths of the plugin: `visits?of=today`. Rejects with TypeError for any other place. */
  fetch(path: string | URL, init?: RequestInit): Promise<Response>;
  /** Goes to a path of the console: `/plugins/hello`. Throws TypeError for any other place. */
  navigate(path: string): void;
  showToast(text: string, kind?: 'info' | 'success' | 'error'): void;
  readonly kv: PageStore;
}

/** The plugin's store, for admins. Rejects with an Error that has a `code`: `denied`, `conflict`, `too_large`, … */
export interface PageStore {
  /** `value` null and `version` 0: there is no such key. */
  get(key: string): Promise<{ readonly value: string | null; readonly version: number }>;
  /** Answers with the new version. `ifVersion`: only if that is the stored one; 0: only if there is none. */
  set(
    key: string,
    value: string,
    options?: { readonly ttlMs?: number; readonly ifVersion?: number },
  ): Promise<number>;
  /** Answers with whether there was such a key. */
  delete(key: string): Promise<boolean>;
  /** Keys, sorted. */
  list(prefix?: string): Promise<readonly string[]>;
}

/** What the console does for a page. */
export interface PageDesk {
  navigate(path: string): void;
  showToast(text: string, kind: 'info' | 'success' | 'error'): void;
}

export class StoreError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
  }
}

export function makePageApi(plugin: Pick<Plugin, 'id' | 'route'>, desk: PageDesk): PageApi {
  return Object.freeze<PageApi>({
    fetch: async (path, init = {}) => {
      if (typeof path !== 'string' && !(path instanceof URL)) throw new TypeError('fetch takes a path');
      const url = ownAddress(plugin, String(path), location.origin);
      const headers = new Headers(init.headers);
      const session = sessionState();
      const isSafe = /^(get|head|options)$/i.test(init.method ?? 'GET');
      if (!isSafe && 'session' in session) headers.set('x-csrf-token', session.session.csrfToken);
      const answer = await fetch(url, { ...init, headers, credentials: 'same-origin' });
      // The plugin's own word, or the session's end: then the sign-in form comes.
      if (answer.status === 401) void request('GET', '/session');
      return answer;
    },
    navigate: (path) => desk.navigate(consolePath(String(path), location.origin)),
    showToast: (text, kind = 'info') => desk.showToast(String(text), kind),
    kv: makeStore(plugin.id),
  });
}

function makeStore(id: string): PageStore {
  const base = `/plugins/${encodeURIComponent(id)}/kv`;
  const pathOf = (key: string): string => `${base}/${encodeURIComponent(key)}`;
  return Object.freeze<PageStore>({
    get: async (key) => {
      const answer = await request<{ value: string; version: number }>('GET', pathOf(key));
      if (answer.ok) return { value: answer.value.value, version: answer.value.version };
      if (answer.failure.code === 'not_found') return { value: null, version: 0 };
      throw storeError(answer.failure);
    },
    set: async (key, value, options = {}) => {
      const answer = await request<{ version: number }>('PUT', pathOf(key), { value, ...options });
      if (answer.ok) return answer.value.version;
      throw storeError(answer.failure);
    },
    delete: async (key) => {
      const answer = await request('DELETE', pathOf(key));
      if (answer.ok) return true;
      if (answer.failure.code === 'not_found') return false;
      throw storeError(answer.failure);
    },
    list: async (prefix) => {
      const query = prefix === undefined ? '' : `?prefix=${encodeURIComponent(prefix)}`;
      const answer = await request<{ entries: readonly { key: string }[] }>('GET', base + query);
      if (answer.ok) return answer.value.entries.map(({ key }) => key);
      throw storeError(answer.failure);
    },
  });
}

function storeError({ code, detail }: { readonly code: ErrorCode; readonly detail: string }): StoreError {
  const more =
    code === 'denied' ? '; whoever is no admin reaches the store by a route of the plugin alone' : '';
  return new StoreError(code, detail + more);
}
