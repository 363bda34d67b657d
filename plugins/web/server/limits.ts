/** What strangers may take of this server. */

/** Head of a request, in bytes: more gets 431 (RFC 6585). */
export const MAX_HEAD_BYTES = 16 * 1024;
/** Fields of a head. */
export const MAX_FIELDS = 200;
/** From the connection, or the end of the last request, to the whole head of the next one, in milliseconds. */
export const HEAD_LIMIT_MS = 10_000;
/** How long an idle connection is kept for the next request, in milliseconds. */
export const KEEP_ALIVE_MS = 15_000;
/** How often limits of time are looked at, in milliseconds, while there are connections. */
export const CHECK_EVERY_MS = 2_000;
/** Connections without a request under way: one more ends the one that is idle for longest. */
export const MAX_IDLE = 512;
/** Connections altogether; one more is closed at once. */
export const MAX_CONNECTIONS = 4096;
/** Streams of one HTTP/2 connection, and how long it may be silent, in milliseconds. */
export const MAX_STREAMS = 128;
export const SESSION_IDLE_MS = 60_000;
/** How long requests under way get to end when the server closes, in milliseconds. */
export const CLOSE_LIMIT_MS = 3_000;
/** How long what a refused client still sends is read, in milliseconds, so that it sees the answer. */
export const LINGER_MS = 1_000;
