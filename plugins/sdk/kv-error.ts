/** Why a request to the store did not succeed. A value, not thrown; but an Error, so that a caller may throw it. */

import { PLUGIN_ERROR_CODES, type PluginErrorCode } from '../../src/protocol/plugin/envelope.ts';

export class KvError extends Error {
  readonly code: PluginErrorCode;

  /**
   * @param code `too_large` and `invalid`: the key or value cannot be stored. `conflict`: `ifVersion` did not fit.
   *   `timeout`: no answer in time. `unavailable`: the plugin ends, or too many requests wait.
   */
  constructor(code: PluginErrorCode, message: string) {
    super(message);
    this.name = 'KvError';
    this.code = code;
  }

  /** From the `error` of an answer. A code that is not of the protocol becomes `internal`. */
  static fromAnswer(error: unknown): KvError {
    const fields: Record<string, unknown> = typeof error === 'object' && error !== null ? { ...error } : {};
    const code = PLUGIN_ERROR_CODES.find((known) => known === fields.code) ?? 'internal';
    return new KvError(code, typeof fields.message === 'string' ? fields.message : 'no reason given');
  }
}
