/** JSON in TEXT columns. The schema's CHECKs keep anything else out. */

export function toJson(value: unknown): string {
  return JSON.stringify(value ?? null);
}

/** null in the database for null, JSON for all else. */
export function toNullableJson(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** `Value` is what the same column was written from. */
export function fromJson<Value>(text: string): Value {
  return JSON.parse(text) as Value;
}

export function fromNullableJson<Value>(text: string | null): Value | null {
  return text === null ? null : fromJson<Value>(text);
}
