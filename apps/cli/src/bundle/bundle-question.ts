import { parsePublicKeyPem } from "@countersign/engine/signature/public-key-pem";
import type { BundleQuestion } from "@countersign/engine/signature/sigstore/verify-bundle";
import { CountersignError } from "@countersign/engine/values/error";
import { type BundleFlags, signerOf, usage } from "./bundle-flags.ts";
import { bundleTrust } from "./bundle-trust.ts";
import { namedArtifact } from "./named-artifact.ts";
import { readNamedFile } from "./named-file.ts";

/**
 * What a command line of verify-bundle asks, its files read.
 * @param now seconds since 1970
 * @throws CountersignError USAGE, or TRUST_MATERIAL_INVALID
 */
export async function bundleQuestion(
  artifact: string,
  flags: BundleFlags,
  environment: Readonly<Record<string, string | undefined>>,
  now: number,
): Promise<BundleQuestion> {
  const signer = signerOf(flags);
  if (signer.type === "identity" && flags.insecureIgnoreTlog === true) {
    throw usage("--insecure-ignore-tlog is for keys: without a log nobody says when a certificate was used");
  }
  return {
    signer: signer.type === "identity" ? signer : await namedKey(signer.path),
    trust: await bundleTrust(flags, environment),
    artifact: await namedArtifact(artifact),
    demands: {
      logs: flags.insecureIgnoreTlog === true ? 0 : 1,
      timestamps: 0,
      scts: flags.insecureIgnoreSct === true ? 0 : 1,
      now,
    },
  };
}

async function namedKey(path: string) {
  const pem = await readNamedFile(path, 64 * 1024, "--key");
  try {
    return { type: "key", keys: [parsePublicKeyPem(pem)], hashAlgorithm: undefined } as const;
  } catch (caught) {
    throw new CountersignError("TRUST_MATERIAL_INVALID", `${path}: ${CountersignError.from(caught).message}`);
  }
}
