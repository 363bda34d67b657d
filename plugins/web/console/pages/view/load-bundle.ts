/** The code of a plugin's page: which edition of it there is, and the module itself. */

import { failure, messageOf, type Result, success } from '../../../../../src/protocol/result.ts';
import { setExpired } from '../../session/session-state.ts';
import type { PageApi } from './page-api.ts';
import { type PageFault, thrownText } from './page-fault.ts';

export interface PageModule {
  mount(container: HTMLElement, api: PageApi): unknown;
  unmount?(container: HTMLElement): unknown;
}

export function bundlePath(id: string): string {
  return `/api/plugins/${encodeURIComponent(id)}/bundle.js`;
}

/** Names the bytes of the bundle; another one is another page. */
export async function editionOf(id: string, signal: AbortSignal): Promise<Result<string, PageFault>> {
  try {
    const response = await fetch(bundlePath(id), { method: 'HEAD', credentials: 'same-origin', signal });
    if (response.ok) return success((response.headers.get('etag') ?? '').replaceAll('"', ''));
    if (response.status === 401) setExpired();
    return failure({ stage: 'fetch', text: refusalText(response.status) });
  } catch (thrown) {
    return failure({ stage: 'fetch', text: `it cannot be fetched (${messageOf(thrown)})` });
  }
}

/**
 * @param edition a browser keeps a module for as long as the console is open, under its address
 * @param attempt the same for one that failed: each try has an address of its own
 */
export async function loadModule(
  id: string,
  edition: string,
  attempt: number,
): Promise<Result<PageModule, PageFault>> {
  const address = `${bundlePath(id)}?v=${encodeURIComponent(attempt === 0 ? edition : `${edition}.${attempt}`)}`;
  try {
    const module = (await import(/* @vite-ignore */ address)) as Partial<PageModule>;
    if (typeof module.mount === 'function') return success(module as PageModule);
    return failure({ stage: 'import', text: 'it exports no function "mount"' });
  } catch (thrown) {
    return failure({ stage: 'import', text: thrownText(thrown), thrown });
  }
}

function refusalText(status: number): string {
  if (status === 404) return 'the file that plugin.json names as "bundle" is not there, or cannot be read';
  if (status === 401 || status === 403) return 'you may not see it';
  if (status === 503) return 'torud does not answer now';
  return `the server answered with status ${status}`;
}
