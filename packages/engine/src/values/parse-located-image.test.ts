import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { CountersignError } from "./error.ts";
import { formatImageName } from "./format-image-name.ts";
import type { LocatedImage } from "./located-image.ts";
import { parseLocatedImage } from "./parse-located-image.ts";

const hex = "0123456789abcdef".repeat(4);
const sha256 = `sha256:${hex}`;
const store = "[overlay@/var/store]";

/** There is nothing below /none; everything else is where it seems to be. */
function resolvePath(path: string): string {
  if (path.startsWith("/none/")) {
    throw new CountersignError("IMAGE_UNREADABLE", "lstat /none: no such file or directory");
  }
  return path.startsWith("/") ? path : `/here/${path}`;
}
const parse = (text: string): LocatedImage => parseLocatedImage(text, resolvePath);

describe("parseLocatedImage reads", () => {
  const rows: ReadonlyArray<readonly [text: string, transport: LocatedImage["transport"], name: string]> = [
    ["busybox", "docker", "docker://busybox:latest"],
    ["docker://busybox", "docker", "docker://busybox:latest"],
    ["docker:dind", "docker", "docker://docker:dind"],
    ["docker/app:v1", "docker", "docker://docker/app:v1"],
    ["h.io/a:t", "docker", "docker://h.io/a:t"],
    ["h.io:5000/a", "docker", "docker://h.io:5000/a:latest"],
    ["oci", "docker", "docker://oci:latest"],
    ["podman:v1", "docker", "docker://podman:v1"],
    ["docker://oci:1.0", "docker", "docker://oci:1.0"],
    ["dir:/a/b", "dir", "dir:/a/b"],
    ["dir:./a", "dir", "dir:./a"],
    ["dir:a/b", "dir", "dir:a/b"],
    ["dir:/a:b", "dir", "dir:/a:b"],
    ["dir:", "dir", "dir:"],
    ["oci:/a", "oci", "oci:/a:"],
    ["oci:/a:", "oci", "oci:/a:"],
    ["oci:/a:v1", "oci", "oci:/a:v1"],
    ["oci:a:v1", "oci", "oci:a:v1"],
    ["oci:/a:h.io/x/y:v1@z", "oci", "oci:/a:h.io/x/y:v1@z"],
    ["oci:/a:@7", "oci", "oci:/a:@7"],
    ["oci:/a:@+007", "oci", "oci:/a:@7"],
    ["oci:/a:@-0", "oci", "oci:/a:@0"],
    ["oci-archive:/a.tar", "oci-archive", "oci-archive:/a.tar:"],
    ["oci-archive:/a.tar:v1", "oci-archive", "oci-archive:/a.tar:v1"],
    ["sif:/a.sif", "sif", "sif:/a.sif"],
    ["tarball:/a:b:-", "tarball", "tarball:/a:b:-"],
    ["docker-archive:/a.tar", "docker-archive", "docker-archive:/a.tar"],
    ["docker-archive:/a.tar:b", "docker-archive", "docker-archive:/a.tar:docker.io/library/b:latest"],
    ["docker-archive:/a.tar:@2", "docker-archive", "docker-archive:/a.tar:@2"],
    [`docker-daemon:${sha256}`, "docker-daemon", `docker-daemon:${sha256}`],
    ["docker-daemon:a:b", "docker-daemon", "docker-daemon:a:b"],
    ["docker-daemon:docker.io/library/a:b", "docker-daemon", "docker-daemon:a:b"],
    [`docker-daemon:h.io/a@${sha256}`, "docker-daemon", `docker-daemon:h.io/a@${sha256}`],
    ["atomic:h.io/ns/s:t", "atomic", "atomic:h.io/ns/s:t"],
    ["atomic:ns/s:t", "atomic", "atomic:ns/s:t"],
    [
      `containers-storage:${store}a`,
      "containers-storage",
      `containers-storage:${store}docker.io/library/a:latest`,
    ],
    [
      `containers-storage:${store}a:b@${sha256}@${hex}`,
      "containers-storage",
      `containers-storage:${store}docker.io/library/a:b@${sha256}@${hex}`,
    ],
    [`containers-storage:${store}@${hex}`, "containers-storage", `containers-storage:${store}@${hex}`],
    [
      `containers-storage:[vfs@/a/../b//+/run:x=y,z]@${hex}`,
      "containers-storage",
      `containers-storage:[vfs@/b+/run:x=y,z]@${hex}`,
    ],
  ];
  for (const [text, transport, name] of rows) {
    it(text, () => {
      const image = parse(text);
      assert.equal(image.transport, transport);
      assert.equal(formatImageName(image), name);
      assert.deepEqual(parse(name), image, "what messages call it means the same");
    });
  }

  it("a path as it is opened and as a policy knows it", () =>
    assert.deepEqual(parse("dir:./a"), { transport: "dir", path: "./a", resolvedPath: "/here/./a" }));
});

describe("parseLocatedImage refuses", () => {
  const rows: ReadonlyArray<readonly [text: string, message: string | RegExp]> = [
    ["", "invalid reference format"],
    ["docker://", "invalid reference format"],
    ["docker:/busybox", "invalid reference format"],
    ["podman:/a", "invalid reference format"],
    ["docker://App", "invalid reference format: repository name must be lowercase"],
    ["oci:/a:@x", `Invalid source index @x: not an integer: strconv.Atoi: parsing "x": invalid syntax`],
    [
      "oci:/a:@9007199254740992",
      `Invalid source index @9007199254740992: not an integer: strconv.Atoi: parsing "9007199254740992": value out of range`,
    ],
    ["oci:/a:@-1", "Invalid source index @-1: must not be negative"],
    ["oci:/none/a:@-1", "Invalid source index @-1: must not be negative"],
    ["oci:/a:b c", "Invalid image b c"],
    ["oci:/a:b--", "Invalid image b--"],
    ["oci:/none/a:b c", "lstat /none: no such file or directory"],
    ["oci-archive:/a:@1", "Invalid image @1"],
    ["dir:/none/a", "lstat /none: no such file or directory"],
    ["docker-archive:", "docker-archive reference  isn't of the form <path>[:<reference>]"],
    [
      "docker-archive:/x:Y",
      "docker-archive parsing reference: invalid reference format: repository name must be lowercase",
    ],
    [`docker-archive:/x:a@${sha256}`, `reference does not include a tag: docker.io/library/a@${sha256}`],
    [
      `docker-archive:/x:a:b@${sha256}`,
      `docker-archive doesn't support digest references: docker.io/library/a:b@${sha256}`,
    ],
    ["docker-archive:/x:@z", `Invalid source index @z: strconv.Atoi: parsing "z": invalid syntax`],
    ["docker-archive:/x:@-2", "Invalid source index @-2: must not be negative"],
    [
      `docker-daemon:sha512:${hex}${hex}`,
      `Invalid docker-daemon: reference sha512:${hex}${hex}: only digest algorithm sha256 accepted`,
    ],
    [
      "docker-daemon:sha256:x",
      "Invalid docker-daemon: reference sha256:x: The sha256 repository name is reserved for (non-shortened) digest references",
    ],
    ["docker-daemon:h.io/x", "docker-daemon: reference h.io/x has neither a tag nor a digest"],
    [
      `docker-daemon:a:b@${sha256}`,
      "docker-daemon: references with both a tag and digest are currently not supported",
    ],
    ["docker-daemon:X:t", "invalid reference format: repository name must be lowercase"],
    [
      "atomic:h.io/ns/s",
      "invalid image reference h.io/ns/s, expected format: 'hostname/namespace/stream:tag'",
    ],
    [
      "atomic:h.io/a/b/c:t",
      "invalid image reference: h.io/a/b/c:t, expected format: 'hostname/namespace/stream:tag'",
    ],
    [
      `atomic:h.io/a/b:t@${sha256}`,
      `invalid image reference: h.io/a/b:t@${sha256}, expected format: 'hostname/namespace/stream:tag'`,
    ],
    [
      "atomic:h.io/A/b:t",
      `failed to parse image reference "h.io/A/b:t": invalid reference format: repository name must be lowercase`,
    ],
    ["containers-storage:[", "invalid reference"],
    ["containers-storage:[]a", "invalid reference"],
    ["containers-storage:[@]a", "invalid reference"],
    ["containers-storage:[@/a]a", "invalid reference"],
    ["containers-storage:[a@]a", "invalid reference"],
    ["containers-storage:[x]a", "path name is not absolute"],
    ["containers-storage:[overlay@x]a", "path name is not absolute"],
    ["containers-storage:[overlay@/x+y]a", "path name is not absolute"],
    [`containers-storage:${store}`, `"" is an empty reference: invalid reference`],
    [`containers-storage:${store}a@`, `empty trailing digest or ID in "a@": invalid reference`],
    [`containers-storage:${store}a@b`, `"b" does not look like an image ID or digest: invalid reference`],
    [
      `containers-storage:${store}A`,
      `parsing named reference "A": invalid reference format: repository name must be lowercase`,
    ],
    ["containers-storage:h.io/x/y:t", /does not say which store it means: write .*\[driver@\/graph\/root\]/],
    ["containers-storage:[/a]x", /does not say which store it means/],
    ["containers-storage:[overlay@:x]y", /does not say which store it means/],
  ];
  for (const [text, message] of rows) {
    it(JSON.stringify(text), () =>
      assert.throws(
        () => parse(text),
        (error: Error) => {
          if (typeof message === "string") assert.equal(error.message, message);
          else assert.match(error.message, message);
          return true;
        },
      ),
    );
  }
});

describe("parseLocatedImage does not guess which image is meant by", () => {
  const rows: ReadonlyArray<readonly [text: string, instead: readonly string[]]> = [
    ["oci:1.0", ["docker://oci:1.0", "oci:./1.0"]],
    ["dir:x", ["docker://dir:x", "dir:./x"]],
    ["dir:5000/app", ["docker://dir:5000/app", "dir:./5000/app"]],
    ["oci:5000/app:v1", ["docker://oci:5000/app:v1", "oci:./5000/app:v1"]],
    ["docker-archive:a.tar", ["docker://docker-archive:a.tar", "docker-archive:./a.tar"]],
    ["docker-daemon:busybox", ["docker://docker-daemon:busybox"]],
    [`dir:x@${sha256}`, [`docker://dir:x@${sha256}`, `dir:./x@${sha256}`]],
  ];
  for (const [text, instead] of rows) {
    it(text, () =>
      assert.throws(() => parse(text), {
        code: "REFERENCE_INVALID",
        message: `"${text}" can be an image in a registry or one of the transport "${text.split(":")[0]}": write ${instead.join(" or ")}`,
      }),
    );
  }
  it("and takes each of what it says to write instead", () => {
    const accepted = rows.flatMap(([, instead]) => instead).filter((text) => !text.includes("@"));
    for (const text of accepted) assert.equal(formatImageName(parse(text)).split(":")[0], text.split(":")[0]);
  });
});

describe("parseLocatedImage, of any text,", () => {
  const pieces = [
    ..."/:@[]+.-A",
    ...["a", "docker://", "docker:", "oci:", "dir:", "atomic:", "docker-daemon:", "docker-archive:"],
    ...[
      "containers-storage:",
      "oci-archive:",
      "tarball:",
      "sif:",
      "[overlay@/a]",
      hex,
      sha256,
      "@1",
      " ",
      "é",
    ],
  ];
  const text = fc.string({ unit: fc.constantFrom(...pieces), maxLength: 12 });

  it("gives an image or the one error, and the same image for the name it is given", () =>
    fc.assert(
      fc.property(text, (name) => {
        const image = read(name);
        const again = image instanceof CountersignError ? image : read(formatImageName(image));
        const isAmbiguous = again instanceof CountersignError && / can be an image in a /.test(again.message);
        assert.ok(isAmbiguous || isDeepStrictEqual(again, image));
      }),
      { numRuns: 2000 },
    ));

  function read(name: string): LocatedImage | CountersignError {
    try {
      return parse(name);
    } catch (caught) {
      const error = CountersignError.from(caught);
      assert.notEqual(error.code, "INTERNAL");
      return error;
    }
  }
});
