import { ambientToken } from "@countersign/signing/keyless/ambient-token";
import { unusable } from "@countersign/signing/keyless/identity-token";
import type { ServiceClient } from "@countersign/signing/keyless/service-client";
import { readNamedFile } from "../bundle/named-file.ts";
import type { Terminal } from "../terminal.ts";
import type { ServiceFlags } from "./signing-flags.ts";

const maxToken = 64 * 1024;

/**
 * Who we are to Fulcio: the token that the flags give, or the surroundings. A file is read each time: whoever renews it
 * there renews it for us.
 */
export function identityTokenSource(
  { identityToken, identityTokenFile }: ServiceFlags,
  services: ServiceClient,
  io: Terminal,
): (signal: AbortSignal) => Promise<string> {
  return async (signal) => {
    if (identityToken !== undefined) return identityToken;
    if (identityTokenFile !== undefined) {
      return Buffer.from(
        await readNamedFile(identityTokenFile, maxToken, "--identity-token-file"),
      ).toString();
    }
    const found = await ambientToken(io.environment, services, signal);
    if (found !== undefined) return found;
    throw unusable(
      "there is none: give --identity-token-file, set SIGSTORE_ID_TOKEN, or sign in a CI job that may have one",
    );
  };
}
