const marks: ReadonlyArray<readonly [name: string, bytes: readonly number[], remedy: string]> = [
  [
    "utf8",
    [0xef, 0xbb, 0xbf],
    "the file begins with a byte order mark: remove it, as by sed -i '1s/^\\xef\\xbb\\xbf//'",
  ],
  [
    "utf16le",
    [0xff, 0xfe],
    "the file is UTF-16, as PowerShell writes it: save it as UTF-8 without a byte order mark",
  ],
  ["utf16be", [0xfe, 0xff], "the file is UTF-16: save it as UTF-8 without a byte order mark"],
];

/**
 * What to do about a byte order mark, which editors show nothing of and parsers stumble over; undefined for a file without
 * one.
 */
export function afterByteOrderMark(bytes: Uint8Array): string | undefined {
  const [, , remedy] = marks.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte)) ?? [];
  return remedy;
}
