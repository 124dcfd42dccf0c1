import type { Digest } from "@countersign/engine/values/digest";
import { bundleReferrer } from "../registry/referrers.ts";
import { createPocketSigstore, type PocketSigstore } from "../signing-kit/sigstore/pocket-sigstore.ts";
import type { Expiries, TufRepository } from "./tuf-repository.ts";

/**
 * A world in which images count that a workflow has signed, by the trusted root of a TUF repository: whoever reads that
 * repository, from one end to the other, is tested in it.
 */

/** When it begins, milliseconds since 1970. */
export const start: number = Date.UTC(2026, 0, 2);
export const day: number = 24 * 60 * 60_000;
/** Of the repository as it is first published. */
export const expiries: Expiries = {
  root: start + 100 * day,
  targets: start + 90 * day,
  snapshot: start + 80 * day,
  timestamp: start + 7 * day,
};
const oidcIssuer = "https://token.ci.example";
const workflow = "https://ci.example/shop/app/.github/workflows/release.yaml@refs/heads/main";

/** Whose trusted root is published at first. */
export const honest: PocketSigstore = createPocketSigstore();
export const successor: PocketSigstore = createPocketSigstore(undefined, "successor");
/** whoever has a Sigstore can have it certify any name */
export const eve: PocketSigstore = createPocketSigstore(undefined, "eve");

/** The policy by which the workflow has to have signed, as the repository's trusted root says: JSON. */
export function policyTrusting({ mirror, root }: TufRepository): string {
  const tuf = { mirror, root: { data: Buffer.from(root).toString("base64") } };
  const identities = [{ issuer: oidcIssuer, subject: workflow }];
  const authorities = [{ name: "ci", keyless: { trustedRoot: { tuf }, identities } }];
  return JSON.stringify({ countersign: 1, default: [{ type: "sigstore", authorities }] });
}

/**
 * A bundle of the workflow's over an image, to be attached to it.
 * @param by - certifies it
 * @param name - whom instead of the workflow
 */
export function signatureBy(by: PocketSigstore, digest: Digest, name: string = workflow) {
  const signer = by.certify({ names: [["uri", name]], oidcIssuer });
  return bundleReferrer(by.signImage(digest, signer));
}
