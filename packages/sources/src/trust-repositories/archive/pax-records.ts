import { refused } from "../tuf-rules.ts";
import { nameFrom } from "./tar-header.ts";

/** Larger than any header that says a name and times. */
const maxRecords = 64 * 1024;

/**
 * Reads `LENGTH KEY=VALUE\n`, one after the other; of two with the same key the last one counts.
 * Source: POSIX.1-2017 pax, extended header.
 * @throws CountersignError TRUST_REPOSITORY_UNUSABLE
 */
export function parsePaxRecords(bytes: Uint8Array): ReadonlyMap<string, string> {
  if (bytes.length > maxRecords) throw refused(`an extended header has ${bytes.length} bytes`);
  const records = new Map<string, string>();
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < all.length; ) {
    const [head = "", digits] = /^([1-9][0-9]{0,5}) /.exec(all.toString("latin1", at, at + 7)) ?? [];
    const end = at + Number(digits);
    const record = all.subarray(at + head.length, end);
    const equals = record.indexOf("=");
    if (digits === undefined || end > all.length || record.at(-1) !== 0x0a || equals < 1) {
      throw refused("an extended header is not made of records");
    }
    records.set(nameFrom(record.subarray(0, equals)), nameFrom(record.subarray(equals + 1, -1)));
    at = end;
  }
  return records;
}
