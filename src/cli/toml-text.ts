/** Values as TOML (toml.io, version 1.0) on one line. */

/** undefined for what TOML has no word for: null, at any depth. */
export function tomlValue(value: unknown): string | undefined {
  if (typeof value === 'string') return tomlString(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? tomlNumber(value) : undefined;
  if (Array.isArray(value)) return joined(value.map(tomlValue), '[', ']');
  if (typeof value !== 'object' || value === null) return undefined;
  const pairs = Object.entries(value).map(([key, inner]) => {
    const text = tomlValue(inner);
    return text === undefined ? undefined : `${tomlKey(key)} = ${text}`;
  });
  return joined(pairs, '{ ', ' }');
}

/** A key, in quotes where it needs them. */
export function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : tomlString(key);
}

function joined(parts: readonly (string | undefined)[], open: string, close: string): string | undefined {
  return parts.some((part) => part === undefined)
    ? undefined
    : `${open}${parts.join(', ')}${close}`.replace('{  }', '{}');
}

/** A whole number that a reader could not keep exactly is written as one with a point. */
function tomlNumber(value: number): string {
  const text = String(value);
  return Number.isSafeInteger(value) || /[.e]/.test(text) ? text : `${text}.0`;
}

/** A basic string: JSON's escapes are TOML's as well, but for DEL and the escapes of characters that JSON leaves alone. */
function tomlString(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
