/** The envelope of the plugin protocol: one JSON object a line (PROTOCOL.md, section 1). */

export const PLUGIN_MESSAGE_TYPES = [
  'lifecycle',
  'health',
  'http',
  'kv',
  'service',
  'shared',
  'event',
  'hook',
  'error',
] as const;
export type PluginMessageType = (typeof PLUGIN_MESSAGE_TYPES)[number];

export const PLUGIN_ERROR_CODES = [
  'unknown_type',
  'invalid',
  'not_found',
  'denied',
  'timeout',
  'too_large',
  'unavailable',
  'conflict',
  'internal',
] as const;
export type PluginErrorCode = (typeof PLUGIN_ERROR_CODES)[number];

export interface PluginError {
  readonly code: PluginErrorCode;
  readonly message: string;
}

export interface PluginMessage {
  readonly type: string;
  /** RFC 3339. */
  readonly timestamp: string;
  /** Chosen by who asks; the answer repeats it. */
  readonly request_id: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Longest line either side takes: a KV value of 1 MiB of which every byte has to be escaped (`\\u0000`), and what surrounds it. */
export const MAX_PLUGIN_LINE_BYTES = 6 * 1024 * 1024 + 64 * 1024;

export function isPluginMessageType(type: string): type is PluginMessageType {
  return (PLUGIN_MESSAGE_TYPES as readonly string[]).includes(type);
}
