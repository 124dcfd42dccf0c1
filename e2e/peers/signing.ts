import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GnuPg } from "./gnupg.ts";
import { newerProgram, run } from "./programs.ts";
import type { PushedImage } from "./pushed-image.ts";
import type { TrustFiles } from "./trust-files.ts";

/** A key pair in cosign's own file format, without a password. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

export async function makeKeyPair(directory: string, name: string): Promise<KeyPair> {
  const prefix = join(directory, name);
  await run(newerProgram("cosign"), ["generate-key-pair", "--output-key-prefix", prefix], {
    COSIGN_PASSWORD: "",
  });
  return { privateKey: `${prefix}.key`, publicKey: `${prefix}.pub` };
}

/**
 * Signs as cosign does, with the signature where containers/image looks for it (the tag `sha256-<hex>.sig`). Nothing
 * outside the machine is asked. `identity` is the name the signature speaks of, by default the image's own; with
 * `everyInstance` what lies under an index is signed too, and that is what containers/image asks for.
 */
export async function cosignSign(
  image: PushedImage,
  key: KeyPair,
  { identity = image.reference, everyInstance = false } = {},
): Promise<void> {
  await run(
    newerProgram("cosign"),
    [
      ...["sign", "--yes", "--key", key.privateKey, "--sign-container-identity", identity],
      ...["--tlog-upload=false", "--new-bundle-format=false", "--use-signing-config=false"],
      ...[`--recursive=${everyInstance}`, `${image.repository}@${image.digest}`],
    ],
    { COSIGN_PASSWORD: "" },
  );
}

/** Copies an image to another name, signing it on the way as skopeo, podman and buildah do. */
export async function skopeoSignedCopy(
  from: PushedImage,
  to: string,
  key: KeyPair,
  trust: TrustFiles,
): Promise<PushedImage> {
  await skopeoCopy(`docker://${from.reference}`, `docker://${to}`, trust, await signingBy(key));
  return renamed(from, to);
}

/** The same with a GPG key. The signature goes where registries.d has `lookaside-staging` for the new name. */
export async function skopeoGpgSignedCopy(
  from: PushedImage,
  to: string,
  { home }: GnuPg,
  fingerprint: string,
  trust: TrustFiles,
): Promise<PushedImage> {
  const environment = { GNUPGHOME: home };
  await skopeoCopy(
    `docker://${from.reference}`,
    `docker://${to}`,
    trust,
    ["--sign-by", fingerprint],
    environment,
  );
  return renamed(from, to);
}

function renamed(image: PushedImage, reference: string): PushedImage {
  return { ...image, reference, repository: reference.replace(/:[^:/]*$/, "") };
}

/** Copies with everything that is there, signatures included, between places of any transport. */
export async function skopeoCopy(
  from: string,
  to: string,
  trust: TrustFiles,
  flags: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  await run(
    newerProgram("skopeo"),
    [
      ...["--insecure-policy", "--registries.d", trust.registriesD, "copy", "--all"],
      ...["--src-tls-verify=false", "--dest-tls-verify=false", ...flags, from, to],
    ],
    environment,
  );
}

/** The flags that have skopeo sign what it copies; where the copy has no name, the signature speaks of `identity`. */
export async function signingBy(key: KeyPair, identity?: string): Promise<readonly string[]> {
  const passphrase = `${key.privateKey}.passphrase`;
  await writeFile(passphrase, "\n");
  const flags = ["--sign-by-sigstore-private-key", key.privateKey, "--sign-passphrase-file", passphrase];
  return identity === undefined ? flags : [...flags, "--sign-identity", identity];
}
