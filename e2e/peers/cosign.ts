import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newerProgram, run } from "./programs.ts";
import type { PushedImage } from "./pushed-image.ts";
import type { KeyPair } from "./signing.ts";

/** How cosign stores signatures: as bundles since version 3, or under the tags `sha256-….sig` and `.att`. */
export type CosignFormat = "bundle" | "legacy";

/** cosign, made to ask nobody outside the machine. */
export interface Cosign {
  sign(image: PushedImage, format: CosignFormat): Promise<void>;
  /** @param type - one of its short names */
  attest(image: PushedImage, format: CosignFormat, type: string, predicate: string): Promise<void>;
  /** How many signatures it accepts; throws if none. */
  verify(image: PushedImage, format: CosignFormat, key?: Pick<KeyPair, "publicKey">): Promise<number>;
  /** The statements it accepts; throws if none. */
  verifyAttestation(image: PushedImage, format: CosignFormat, type: string): Promise<readonly Statement[]>;
}

interface Statement {
  readonly predicateType: string;
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicate: unknown;
}

export async function openCosign(directory: string, key: KeyPair): Promise<Cosign> {
  const cosign = newerProgram("cosign");
  // Without one, cosign 3 asks the public one for the addresses of a log and a timestamp authority.
  const config = join(directory, "signing-config.json");
  await writeFile(
    config,
    '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}',
  );
  const storing = {
    bundle: ["--signing-config", config],
    legacy: ["--tlog-upload=false", "--new-bundle-format=false", "--use-signing-config=false"],
  };
  const reading = (format: CosignFormat, { publicKey }: Pick<KeyPair, "publicKey"> = key) => [
    ...["--key", publicKey, "--insecure-ignore-tlog", `--new-bundle-format=${format === "bundle"}`],
    ...["--output", "json"],
  ];
  const named = ({ repository, digest }: PushedImage): string => `${repository}@${digest}`;
  const withKey = ["--yes", "--key", key.privateKey];
  const environment = { COSIGN_PASSWORD: "" };
  return {
    async sign(image, format) {
      await run(cosign, ["sign", ...withKey, ...storing[format], named(image)], environment);
    },
    async attest(image, format, type, predicate) {
      const what = ["--type", type, "--predicate", predicate];
      await run(cosign, ["attest", ...withKey, ...storing[format], ...what, named(image)], environment);
    },
    async verify(image, format, by) {
      return JSON.parse(await run(cosign, ["verify", ...reading(format, by), named(image)])).length;
    },
    async verifyAttestation(image, format, type) {
      const flags = [...reading(format), "--type", type];
      const lines = await run(cosign, ["verify-attestation", ...flags, named(image)]);
      return lines
        .trim()
        .split("\n")
        .map((line) => JSON.parse(Buffer.from(JSON.parse(line).payload, "base64").toString()));
    },
  };
}
