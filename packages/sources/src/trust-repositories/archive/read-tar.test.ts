import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { paxRecord, tarEnd, tarEntry, tarOf } from "@countersign/testkit/registry/tar";
import fc from "fast-check";
import { readTar } from "./read-tar.ts";

const limits = { entries: 100, depth: 4 };
const archive = (...entries: readonly Uint8Array[]) => Buffer.concat([...entries, tarEnd]);
const read = (bytes: Uint8Array): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...readTar(bytes, limits)].map(([path, content]) => [path, Buffer.from(content).toString()]),
  );
const long = `${"0123456789abcdef".repeat(8)}.trusted_root.json`;
const file = tarEntry("a/b.json", "content");

describe("readTar", () => {
  const segment = fc.stringMatching(/^[a-zA-Z0-9_-][a-zA-Z0-9._ é-]{0,60}$/);
  const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
  const files = fc.dictionary(path, fc.uint8Array({ maxLength: 1100 }), {
    maxKeys: 8,
    noNullPrototype: true,
  });

  it("reads what was written, whatever it is", () =>
    fc.assert(
      fc.property(files, (written) => {
        const found = readTar(tarOf(written), limits);
        const bytes = (one: Iterable<readonly [string, Uint8Array]>) =>
          [...one].map(([name, content]) => [name, Buffer.from(content).toString("hex")]).sort();
        assert.deepEqual(bytes(found), bytes(Object.entries(written)));
      }),
    ));

  it("refuses in its own words whatever else there is", () =>
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2000 }), (bytes) => {
        assert.throws(() => readTar(bytes, limits), { code: "TRUST_REPOSITORY_UNUSABLE" });
      }),
    ));

  it("refuses every archive in which one bit of a header is another", () => {
    for (let at = 0; at < 512 * 8; at++) {
      const broken = Buffer.from(archive(file));
      broken[at >> 3] = (broken[at >> 3] ?? 0) ^ (1 << (at & 7));
      // spaces and zeros around the checksum's own digits say nothing
      if (at >> 3 >= 148 && at >> 3 < 156) continue;
      assert.throws(() => read(broken), { code: "TRUST_REPOSITORY_UNUSABLE" }, `bit ${at}`);
    }
  });

  const accepted: ReadonlyArray<readonly [what: string, bytes: Uint8Array, files: object]> = [
    ["nothing", archive(), {}],
    ["a directory, which is no file", archive(tarEntry("a/", "", "5"), file), { "a/b.json": "content" }],
    ["what `tar -C directory .` writes", archive(tarEntry("./", "", "5"), tarEntry("./b", "x")), { b: "x" }],
    [
      "a long name in a header of pax",
      archive(tarEntry("h", paxRecord("path", long), "x"), tarEntry("short", "x")),
      { [long]: "x" },
    ],
    [
      "a long name in an entry of GNU",
      archive(tarEntry("././@LongLink", `${long}\0`, "L"), tarEntry("short", "x"), file),
      { [long]: "x", "a/b.json": "content" },
    ],
    [
      "a size in a header of pax",
      archive(tarEntry("h", paxRecord("size", "1"), "x"), tarEntry("a", "x")),
      { a: "x" },
    ],
    [
      "a comment on all of it",
      archive(tarEntry("h", paxRecord("comment", "c"), "g"), file),
      { "a/b.json": "content" },
    ],
    ["a name of Object's", archive(tarEntry("__proto__", "x")), Object.fromEntries([["__proto__", "x"]])],
  ];
  for (const [what, bytes, expected] of accepted) {
    it(`reads ${what}`, () => assert.deepEqual(read(bytes), expected));
  }

  const refused: ReadonlyArray<readonly [why: string, bytes: Uint8Array, message: RegExp]> = [
    ["a name that leads out", archive(tarEntry("../root.json", "x")), /"\.\.\/root\.json" leads out/],
    ["one that leads out from within", archive(tarEntry("a/../../b", "x")), /leads out/],
    ["an absolute one", archive(tarEntry("/etc/passwd", "x")), /leads out/],
    ["an empty part of one", archive(tarEntry("a//b", "x")), /leads out/],
    ["a dot within one", archive(tarEntry("a/./b", "x")), /leads out/],
    ["a backslash in one", archive(tarEntry("a\\..\\b", "x")), /characters/],
    ["a line end in one", archive(tarEntry("a\nb", "x")), /characters/],
    [
      "one that leads out by pax",
      archive(tarEntry("h", paxRecord("path", "../b"), "x"), tarEntry("a", "x")),
      /leads out/,
    ],
    ["one that leads out by GNU", archive(tarEntry("h", "../b\0", "L"), tarEntry("a", "x")), /leads out/],
    ["a directory that leads out", archive(tarEntry("../", "", "5")), /leads out/],
    ["no name", archive(tarEntry("", "x")), /has no name/],
    ["a file that is called a directory", archive(tarEntry("a/", "x")), /has no name/],
    ["a name twice", archive(file, file), /"a\/b\.json" is in it twice/],
    ["a name twice, written otherwise", archive(file, tarEntry("./a/b.json", "x")), /twice/],
    ["one too deep", archive(tarEntry("a/a/a/a/a/a", "x")), /deeper than 4/],
    ["one too long", archive(tarEntry("h", paxRecord("path", "a".repeat(1025)), "x"), file), /too long/],
    [
      "a symbolic link",
      archive(tarEntry("a", "", "2")),
      /"a" is a symbolic link; only files and directories/,
    ],
    ["a hard link", archive(tarEntry("a", "", "1")), /a hard link/],
    ["a device", archive(tarEntry("a", "", "3")), /a device/],
    ["a pipe", archive(tarEntry("a", "", "6")), /a pipe/],
    ["a file with holes", archive(tarEntry("a", "", "S")), /with holes/],
    [
      "holes by pax",
      archive(tarEntry("h", paxRecord("GNU.sparse.major", "1"), "x"), file),
      /holes are refused/,
    ],
    ["a link by pax", archive(tarEntry("h", paxRecord("linkpath", "b"), "x"), file), /links/],
    ["a type of its own", archive(tarEntry("a", "", "Z")), /of type "Z"/],
    ["a type of Object's", archive(tarEntry("a", "", "_")), /of type/],
    ["a name for all files", archive(tarEntry("h", paxRecord("path", "a"), "g"), file), /names all files/],
    ["a directory with a content", archive(tarEntry("a/", "x", "5")), /has a content/],
    ["a size by pax that is none", archive(tarEntry("h", paxRecord("size", "-1"), "x"), file), /no number/],
    [
      "a size by pax beyond the end",
      archive(tarEntry("h", paxRecord("size", "99999"), "x"), file),
      /cut off/,
    ],
    ["a broken record", archive(tarEntry("h", "99 path=a\n", "x"), file), /not made of records/],
    ["a record of no length", archive(tarEntry("h", "0 path=a\n", "x"), file), /not made of records/],
    ["a long name without a file", archive(tarEntry("h", "a", "L")), /followed by no file/],
    ["no end", file, /cut off/],
    ["half a file", archive(file).subarray(0, 700), /"a\/b\.json" is cut off/],
    ["something after the end", Buffer.concat([archive(file), file]), /after its end/],
    [
      "too many entries",
      archive(...Array.from({ length: 101 }, (_, at) => tarEntry(`${at}`, ""))),
      /more than 100 entries/,
    ],
    [
      "a file larger than 8 GiB",
      archive(withSize("\x80\0\0\0\0\0\0\0\0\0\0\x01")),
      /size of "a" is no number/,
    ],
    ["a size that is no number", archive(withSize("0000000x001\0")), /no number/],
    [
      "a name that is no UTF-8",
      archive(sealed(tarEntry("\u00ff", "x"), (b) => b.set([0xff, 0xfe], 0))),
      /no UTF-8/,
    ],
    [
      "an archive of before POSIX",
      archive(sealed(tarEntry("a", ""), (b) => b.fill(0, 257, 265))),
      /none of tar's/,
    ],
  ];
  for (const [why, bytes, message] of refused) {
    it(`refuses ${why}`, () =>
      assert.throws(() => read(bytes), { code: "TRUST_REPOSITORY_UNUSABLE", message }));
  }

  it("joins the two parts of a name in POSIX's header, and not in GNU's", () => {
    const prefixed = (gnu: boolean) =>
      archive(
        sealed(tarEntry("b", "x"), (bytes) => {
          bytes.write("prefix", 345);
          if (gnu) bytes.write("ustar  \0", 257);
        }),
      );
    assert.deepEqual([read(prefixed(false)), read(prefixed(true))], [{ "prefix/b": "x" }, { b: "x" }]);
  });
});

/** An entry after `change`, with the right checksum. */
function sealed(entry: Uint8Array, change: (header: Buffer) => void): Uint8Array {
  const bytes = Buffer.from(entry);
  change(bytes);
  bytes.write("        ", 148);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

function withSize(field: string): Uint8Array {
  return sealed(tarEntry("a", ""), (bytes) => bytes.write(field, 124, "latin1"));
}
