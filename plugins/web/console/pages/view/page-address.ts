/** Where a plugin's page may go: to its own plugin, and to pages of the console. */

import type { Plugin } from '../../api/answer-types.ts';

/**
 * Where a path of a plugin's page leads. It begins below the plugin's route, `/p/ROUTE/`, or without one below
 * `/api/plugins/ID/`; a slash at its beginning changes nothing. Throws TypeError for what is not the plugin's.
 */
export function ownAddress(
  { id, route }: Pick<Plugin, 'id' | 'route'>,
  path: string,
  origin: string,
): string {
  const trimmed = (route ?? '').replace(/\/+$/, '');
  const byId = `/api/plugins/${id}/`;
  const own = trimmed === '' ? [byId] : [`/p${trimmed}/`, `/api/plugins/route${trimmed}/`, byId];
  const isWhole = /^([a-z][a-z\d+.-]*:|[/\\]{2})/i.test(path) || own.some((base) => path.startsWith(base));
  const url = isWhole
    ? new URL(path, origin)
    : new URL(`./${path.replace(/^\//, '')}`, `${origin}${own[0] ?? byId}`);
  if (url.origin !== origin || !own.some((base) => `${url.pathname}/`.startsWith(base))) {
    throw new TypeError(`${path} is not below ${own[0]}: a page asks its own plugin alone`);
  }
  return url.href;
}

/** Throws TypeError for what is no path of the console. */
export function consolePath(path: string, origin: string): string {
  const url = path.startsWith('/') ? new URL(path, origin) : undefined;
  if (url === undefined || url.origin !== origin || /^\/(api|p)(\/|$)/.test(url.pathname)) {
    throw new TypeError(`${path} is no path of the console, as /plugins/hello is one`);
  }
  return url.pathname + url.search + url.hash;
}
