import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import type { DirectoryImage } from "@countersign/engine/values/located-image";
import { mediaTypes } from "@countersign/engine/values/manifest";
import { writeDirectoryImage } from "@countersign/testkit/layouts/directory-image";
import { sigstoreBlob } from "@countersign/testkit/layouts/signature-blob";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { openDirectoryImage } from "./open-directory-image.ts";

const root = temporaryRoot();
after(() => root[Symbol.dispose]());
const { signal } = new AbortController();
const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest }));
const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex }));
const digest = digestOf(manifest);
const signature = (text: string): Uint8Array =>
  sigstoreBlob({ payload: Buffer.from(text), annotations: new Map() });

let made = 0;
/** A directory with an image in it, to be spoilt, and what is then asked for. */
function directory(spoil: (at: (name: string) => string) => void = () => {}): DirectoryImage {
  const path = join(root.path, `image-${made++}`);
  writeDirectoryImage(path, { manifest, signatures: [signature("1"), signature("2")] });
  spoil((name) => join(path, name));
  return { transport: "dir", path, resolvedPath: path };
}
/** As messages name it, whichever directory it is. */
const anonymous = (text: string): string => text.replaceAll(/\/\S+\/image-\d+/g, "/image");

async function locations(image: DirectoryImage): Promise<readonly string[]> {
  const source = await openDirectoryImage(image, signal);
  return (await source.signatures(digest, signal)).map(({ location }) => anonymous(location));
}

describe("openDirectoryImage opens a directory", () => {
  const rows: ReadonlyArray<readonly [what: string, spoil: (at: (name: string) => string) => void]> = [
    ["as skopeo writes it", () => {}],
    ["without a version", (at) => rmSync(at("version"))],
    ["of version 1.2", (at) => writeFileSync(at("version"), "Directory Transport Version: 1.2\n")],
    ["of version 0.9", (at) => writeFileSync(at("version"), "Directory Transport Version: 0.9\n")],
    [
      "whose manifest is a link",
      (at) => {
        rmSync(at("manifest.json"));
        writeFileSync(at("elsewhere"), manifest);
        symlinkSync("elsewhere", at("manifest.json"));
      },
    ],
  ];
  for (const [what, spoil] of rows) {
    it(what, async () => {
      const { manifest: found } = await openDirectoryImage(directory(spoil), signal);
      assert.deepEqual([Buffer.from(found.bytes), found.mediaType], [manifest, mediaTypes.ociManifest]);
    });
  }
  it("of an index", async () => {
    const image = directory((at) => writeFileSync(at("manifest.json"), index));
    assert.equal((await openDirectoryImage(image, signal)).manifest.mediaType, mediaTypes.ociIndex);
  });
});

describe("openDirectoryImage refuses a directory", () => {
  const version = (content: string) => (at: (name: string) => string) =>
    writeFileSync(at("version"), content);
  const initializing = "initializing source dir:/image: ";
  const determining = "determining manifest MIME type for dir:/image: ";
  const rows: ReadonlyArray<
    readonly [why: string, spoil: (at: (name: string) => string) => void, message: string]
  > = [
    [
      "with something else for a version",
      version("PASSWORD=x"),
      `${initializing}invalid version file content`,
    ],
    ["with an empty version", version(""), `${initializing}invalid version file content: ""`],
    [
      "with a version of another form",
      version("Directory Transport Version: 1.1"),
      `${initializing}invalid version file content: "Directory Transport Version: 1.1"`,
    ],
    [
      "with a version written oddly",
      version("Directory Transport Version: 01.1\n"),
      `${initializing}invalid version file content: "Directory Transport Version: 01.1\\n"`,
    ],
    [
      "of a later minor version",
      version("Directory Transport Version: 1.3\n"),
      `${initializing}unsupported directory transport version "Directory Transport Version: 1.3\\n" at /image`,
    ],
    [
      "of a later version",
      version("Directory Transport Version: 2.0\n"),
      `${initializing}unsupported directory transport version "Directory Transport Version: 2.0\\n" at /image`,
    ],
    [
      "whose version is a directory",
      (at) => {
        rmSync(at("version"));
        mkdirSync(at("version"));
      },
      `${initializing}reading version file "/image/version": read /image/version: is a directory`,
    ],
    [
      "without a manifest",
      (at) => rmSync(at("manifest.json")),
      `${determining}open /image/manifest.json: no such file or directory`,
    ],
    [
      "whose manifest is a FIFO",
      (at) => {
        rmSync(at("manifest.json"));
        execFileSync("mkfifo", [at("manifest.json")]);
      },
      `${determining}read /image/manifest.json: not a regular file`,
    ],
    [
      "with too large a manifest",
      (at) => writeFileSync(at("manifest.json"), Buffer.alloc(4 * 1024 * 1024 + 1)),
      `${determining}read /image/manifest.json: exceeded maximum allowed size of 4194304 bytes`,
    ],
    [
      "whose manifest readers would take for different things",
      (at) => writeFileSync(at("manifest.json"), `{"mediaType":"a","mediatype":"${mediaTypes.ociIndex}"}`),
      `${determining}rejecting ambiguous manifest, key "mediaType" occurs more than once`,
    ],
    [
      "that is a file",
      (at) => {
        rmSync(at("."), { recursive: true });
        writeFileSync(at("."), "");
      },
      `${initializing}reading version file "/image/version": open /image/version: not a directory`,
    ],
  ];
  for (const [why, spoil, message] of rows) {
    it(why, () =>
      assert.rejects(openDirectoryImage(directory(spoil), signal), (error: Error) => {
        assert.equal(anonymous(error.message), message);
        return true;
      }),
    );
  }
});

describe("the signatures of a directory", () => {
  it("are its own", async () =>
    assert.deepEqual(await locations(directory()), ["/image/signature-1", "/image/signature-2"]));

  it("end with the first that is missing", async () => {
    const image = directory((at) => {
      rmSync(at("signature-2"));
      writeFileSync(at("signature-3"), signature("3"));
    });
    assert.deepEqual(await locations(image), ["/image/signature-1"]);
  });

  it("begin with the first", async () =>
    assert.deepEqual(await locations(directory((at) => rmSync(at("signature-1")))), []));

  it("may be a thousand", async () => {
    const image = directory((at) => {
      for (let number = 3; number <= 1000; number++) writeFileSync(at(`signature-${number}`), "\x90");
    });
    assert.equal((await locations(image)).length, 1000);
  });

  it("of an index are not those of an instance", async () => {
    const image = directory((at) => {
      writeFileSync(at("manifest.json"), index);
      writeFileSync(at(`${digest.slice(7)}.signature-1`), signature("instance"));
    });
    const source = await openDirectoryImage(image, signal);
    const of = async (subject: typeof digest) =>
      (await source.signatures(subject, signal)).map(({ location }) => anonymous(location));
    assert.deepEqual(await of(digest), [`/image/${digest.slice(7)}.signature-1`]);
    assert.deepEqual(await of(digestOf(index)), ["/image/signature-1", "/image/signature-2"]);
  });

  const refused: ReadonlyArray<
    readonly [why: string, spoil: (at: (name: string) => string) => void, code: string, message: RegExp]
  > = [
    [
      "a directory is among them",
      (at) => mkdirSync(at("signature-3")),
      "SIGNATURE_UNREADABLE",
      /^read \/image\/signature-3: is a directory$/,
    ],
    [
      "a device that never ends is among them",
      (at) => symlinkSync("/dev/zero", at("signature-3")),
      "SIGNATURE_UNREADABLE",
      /^read \/image\/signature-3: not a regular file$/,
    ],
    [
      "one is no signature",
      (at) => writeFileSync(at("signature-3"), "junk"),
      "SIGNATURE_UNREADABLE",
      /^parsing signature "\/image\/signature-3": unrecognized signature format, starting with binary 0x6a$/,
    ],
    [
      "one is too large",
      (at) => writeFileSync(at("signature-3"), Buffer.alloc(4 * 1024 * 1024 + 1, "\x90")),
      "SIGNATURE_UNREADABLE",
      /^read \/image\/signature-3: exceeded maximum allowed size/,
    ],
    [
      "they are more than a thousand",
      (at) => {
        for (let number = 3; number <= 1001; number++) writeFileSync(at(`signature-${number}`), "\x90");
      },
      "TOO_LARGE",
      /^there is \/image\/signature-1001, and so more signatures than the 1000 that are read$/,
    ],
    [
      "they are too large together",
      (at) => {
        const large = Buffer.alloc(4 * 1024 * 1024, "\x90");
        for (let number = 3; number <= 11; number++) writeFileSync(at(`signature-${number}`), large);
      },
      "TOO_LARGE",
      /^signatures up to \/image\/signature-10 exceed 33554432 bytes$/,
    ],
  ];
  for (const [why, spoil, code, message] of refused) {
    it(`cannot be read when ${why}`, () =>
      assert.rejects(locations(directory(spoil)), (error: NodeJS.ErrnoException) => {
        assert.equal(error.code, code);
        assert.match(anonymous(error.message), message);
        return true;
      }));
  }
});
