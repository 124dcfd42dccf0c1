import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { sigstoreBlob } from "@countersign/testkit/layouts/signature-blob";
import { signatureFile } from "@countersign/testkit/lookaside/lookaside";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Question, Site } from "../case.ts";
import { signatureOf, trusting } from "./signed.ts";

/** What a file of a lookaside holds: any bytes, or a sigstore signature as it is stored there. */
export type Stored = Uint8Array | SigstoreAttachment;

/** What is stored for an image, in its order. */
export type Contents = (site: Site, image: StoredManifest) => readonly Stored[];

/** A good signature of the case's image, by the key its policy trusts. */
export function goodFor(site: Site, image: StoredManifest): Uint8Array {
  return sigstoreBlob(signatureOf(image, `${site.name}:v1`));
}

export function bytesOf(stored: Stored): Uint8Array {
  return stored instanceof Uint8Array ? stored : sigstoreBlob(stored);
}

/** Stores signatures of a manifest in the case's directory; gives the directory's address. */
export function inFiles(site: Site, { digest }: StoredManifest, signatures: readonly Stored[]): string {
  const base = site.absent("sigs");
  for (const [index, stored] of signatures.entries()) {
    site.file(`sigs/${signatureFile(site.repository, digest, index + 1)}`, bytesOf(stored));
  }
  return `file://${base}`;
}

/** Stores signatures of a manifest on the web server; gives its address. */
export function onServer(site: Site, { digest }: StoredManifest, signatures: readonly Stored[]): string {
  site.lookaside.put(digest, signatures.map(bytesOf));
  return site.lookaside.base;
}

/** A registries.d that names a lookaside for every image. */
export function lookasideAt(address: string, more = ""): Readonly<Record<string, string>> {
  return { "a.yaml": `default-docker:\n  lookaside: ${JSON.stringify(address)}\n${more}` };
}

/** Asks for the case's image under a policy that trusts one key, and looks for its signatures there. */
export function askedAt(site: Site, address: string): Question {
  return { ...trusting(site), registriesD: lookasideAt(address) };
}
