/**
 * No plugin has a service worker: it would answer for the console in the browser, and go on when the plugin is disabled or
 * removed. A browser names itself in the request for its script (Service Workers, "Update", `Service-Worker: script`).
 */

import type { ForwardRequest, Problem } from './contract.ts';

export function asksForWorker(request: ForwardRequest): boolean {
  return request.headers['service-worker'] !== undefined;
}

export const NO_WORKER: Problem = {
  status: 403,
  code: 'denied',
  detail: 'a plugin can have no service worker: it would stay in the browser, in front of the console',
};
