import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestHex } from "@countersign/engine/values/digest";
import type { LayoutEntry, OciImage } from "@countersign/engine/values/located-image";
import { imageSourceContract } from "@countersign/testkit/contracts/image-source.contract";
import { writeOciLayout } from "@countersign/testkit/layouts/oci-layout";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { openLocalImage } from "../open-local-image.ts";

imageSourceContract("an OCI layout", async ({ signed, unsigned, instance, forged }) => {
  const root = temporaryRoot();
  const path = join(root.path, "layout");
  const image = (entry: LayoutEntry): OciImage => ({ transport: "oci", path, resolvedPath: path, entry });
  const named = (name: string): OciImage => image({ type: "named", name });
  writeOciLayout(path, {
    entries: [
      ["signed", signed],
      ["unsigned", unsigned],
    ],
    blobs: [instance.bytes],
  });
  writeFileSync(join(path, "blobs/sha256", digestHex(forged.digest)), forged.manifest.bytes);
  return {
    opener: { open: openLocalImage },
    signed: named("signed"),
    alsoSigned: [image({ type: "at", position: 0 })],
    unsigned: named("unsigned"),
    physical: `oci:${path}:signed`,
    absent: {
      image: named("none"),
      error: {
        code: "IMAGE_UNREADABLE",
        message: `initializing source oci:${path}:none: no descriptor found for reference "none"`,
      },
    },
    absentInstance: (digest) => ({
      code: "IMAGE_UNREADABLE",
      message: `open ${path}/blobs/sha256/${digestHex(digest)}: no such file or directory`,
    }),
    kept: [],
    async [Symbol.asyncDispose]() {
      root[Symbol.dispose]();
    },
  };
});
