/** The records of a pax extended header: `LENGTH KEY=VALUE\n`, LENGTH in bytes and of the whole record (pax(1)). */

import { failure, type Result, success } from '../../protocol/result.ts';
import { decodeUtf8 } from '../base/small-file.ts';

/** Of a key that comes twice, the last value. Failure: what is wrong, without a place. */
export function readPaxRecords(bytes: Buffer): Result<ReadonlyMap<string, string>, string> {
  const wrong = failure('an extended header is malformed');
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space === -1 ? '' : bytes.toString('latin1', at, space);
    const length = /^[1-9]\d{0,6}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    if (length === 0 || end > bytes.length || end <= space + 1 || bytes[end - 1] !== 0x0a) return wrong;
    const record = bytes.subarray(space + 1, end - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 1) return wrong;
    const key = record.toString('latin1', 0, equals);
    const value = decodeUtf8(record.subarray(equals + 1));
    // What is not read, a binary attribute for one, need not be text.
    if (value !== undefined) records.set(key, value);
    else if (key === 'path' || key === 'linkpath' || key === 'size') return wrong;
    at = end;
  }
  return success(records);
}
