/** Where the WebSocket is: here only for whoever comes without asking for one. */

import { type Route, refuse, route } from '../route.ts';
import { UPGRADE_NEEDED } from '../socket/handshake.ts';

const open = route({
  name: 'socket.open',
  method: 'get',
  path: '/ws',
  does: "a WebSocket (RFC 6455) for plugins' states, logs and events as they come",
  tag: 'history',
  role: 'view',
  answers: { 101: { does: 'the connection is a WebSocket now' } },
  problems: [426, 429, 503],
  handle: ({ request }) => {
    const { error, ...more } = UPGRADE_NEEDED;
    // HTTP/2 knows no such fields (RFC 9113 §8.2.2).
    return refuse(error, request.httpVersionMajor > 1 ? { status: 426 } : more);
  },
});

export const SOCKET_ROUTES: readonly Route[] = [open];
