import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestHex } from "@countersign/engine/values/digest";
import type { DirectoryImage } from "@countersign/engine/values/located-image";
import { imageSourceContract } from "@countersign/testkit/contracts/image-source.contract";
import { writeDirectoryImage } from "@countersign/testkit/layouts/directory-image";
import { sigstoreBlob } from "@countersign/testkit/layouts/signature-blob";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { openLocalImage } from "../open-local-image.ts";

imageSourceContract("a directory", async ({ signed, unsigned, instance, forged, signatures }) => {
  const root = temporaryRoot();
  const at = (name: string): DirectoryImage => {
    const path = join(root.path, name);
    return { transport: "dir", path, resolvedPath: path };
  };
  writeDirectoryImage(at("signed").path, {
    manifest: signed.bytes,
    signatures: signatures.map(sigstoreBlob),
    instances: [{ manifest: instance.bytes }],
  });
  writeDirectoryImage(at("unsigned").path, { manifest: unsigned.bytes });
  writeFileSync(join(at("signed").path, `${digestHex(forged.digest)}.manifest.json`), forged.manifest.bytes);
  const absent = at("absent");
  return {
    opener: { open: openLocalImage },
    signed: at("signed"),
    alsoSigned: [{ ...at("signed"), path: `${root.path}/../${root.path.split("/").at(-1)}/signed/` }],
    unsigned: at("unsigned"),
    physical: `dir:${at("signed").path}`,
    absent: {
      image: absent,
      error: {
        code: "IMAGE_UNREADABLE",
        message: `determining manifest MIME type for dir:${absent.path}: open ${absent.path}/manifest.json: no such file or directory`,
      },
    },
    absentInstance: (digest) => ({
      code: "IMAGE_UNREADABLE",
      message: `open ${at("signed").path}/${digestHex(digest)}.manifest.json: no such file or directory`,
    }),
    kept: signatures,
    async [Symbol.asyncDispose]() {
      root[Symbol.dispose]();
    },
  };
});
