import { parseTrustedRoot } from "@countersign/engine/signature/sigstore/parse-trusted-root";
import type { TrustedRoot } from "@countersign/engine/signature/sigstore/trusted-root";
import { type BundleFlags, usage } from "./bundle-flags.ts";
import { readNamedFile } from "./named-file.ts";

export const trustedRootVariable = "COUNTERSIGN_TRUSTED_ROOT";
const maxTrustedRootSize = 1024 * 1024;

/**
 * Whom to trust, by `--trusted-root` or the variable. Nothing is fetched: a command that verifies must not depend on who
 * answers on the network.
 * @throws CountersignError USAGE if neither is given, unless a key alone is to be believed
 */
export async function bundleTrust(
  { trustedRoot, key, staging, insecureIgnoreTlog }: BundleFlags,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<TrustedRoot> {
  const path = trustedRoot ?? environment[trustedRootVariable];
  if (path !== undefined && path !== "") {
    const by = trustedRoot === undefined ? trustedRootVariable : "--trusted-root";
    return parseTrustedRoot(await readNamedFile(path, maxTrustedRootSize, by));
  }
  if (key !== undefined && insecureIgnoreTlog === true) return nobody;
  const instance =
    staging === true ? "Sigstore's staging instance" : "the Sigstore instance that the signer used";
  throw usage(
    `give --trusted-root (or ${trustedRootVariable}) the trusted_root.json of ${instance}: it holds the certificate authorities and log keys to believe. ` +
      "`cosign trusted-root create` writes one; that of the public instance is in https://github.com/sigstore/root-signing. " +
      "With --key, --insecure-ignore-tlog believes the key alone",
  );
}

const nobody: TrustedRoot = {
  certificateAuthorities: [],
  transparencyLogs: [],
  certificateLogs: [],
  timestampAuthorities: [],
};
