/** How much a plugin may be: beyond it lies a mistake or an attack. */

export interface UnpackLimits {
  /** Bytes of all files together, unpacked. */
  readonly maxBytes: number;
  /** Files, folders and links together. */
  readonly maxEntries: number;
  /** Of a path below the plugin's folder, in bytes: PATH_MAX of Linux. */
  readonly maxPathBytes: number;
  /** Of one name in a path, in bytes: NAME_MAX of Linux. */
  readonly maxNameBytes: number;
  /** Folders in each other. */
  readonly maxDepth: number;
  /** Unpacked bytes for one packed byte, once `minRatioBytes` have been unpacked. */
  readonly maxRatio: number;
  readonly minRatioBytes: number;
}

const MEBIBYTE = 1024 * 1024;

export const UNPACK_LIMITS: UnpackLimits = {
  maxBytes: 1024 * MEBIBYTE,
  maxEntries: 100_000,
  maxPathBytes: 4096,
  maxNameBytes: 255,
  maxDepth: 128,
  maxRatio: 200,
  minRatioBytes: 64 * MEBIBYTE,
};

/** `1 GiB`, `100 MiB`, `4096 bytes`. */
export function limitText(bytes: number): string {
  if (bytes > 0 && bytes % (1024 * MEBIBYTE) === 0) return `${bytes / (1024 * MEBIBYTE)} GiB`;
  return bytes > 0 && bytes % MEBIBYTE === 0 ? `${bytes / MEBIBYTE} MiB` : `${bytes} bytes`;
}
