import type { Digest } from "@countersign/engine/values/digest";
import { type ImageReference, repositoryName } from "@countersign/engine/values/image-reference";
import { attachmentTag } from "./attachments/attachment-tag.ts";
import { type RegistriesD, storageFor } from "./containers-config/registries-d.ts";
import type { UserEnvironment } from "./environment.ts";
import { below, digestSuffix, type LookasideLocation, showLocation } from "./lookaside/location.ts";
import { lookasideBase } from "./lookaside/lookaside-base.ts";

/** Where registries.d has the signatures of one repository's images. */
export interface SignatureStorageOf {
  /** of the repository; asked unless its registry lists signatures itself */
  readonly lookaside: LookasideLocation;
  /** whether cosign's attachments are looked for too */
  readonly sigstoreAttachments: boolean;
}

/**
 * @param physical - the image as it is named where it is read from: a mirror has signatures of its own
 * @throws CountersignError CONFIG_INVALID for an address that is none
 */
export function signatureStorageOf(
  config: RegistriesD,
  physical: ImageReference,
  environment: UserEnvironment,
): SignatureStorageOf {
  const { lookaside, useSigstoreAttachments } = storageFor(config, physical);
  return {
    lookaside: lookasideBase(lookaside, physical.path, environment),
    sigstoreAttachments: useSigstoreAttachments ?? false,
  };
}

/** A place where an image's signatures may be, for explanations. */
export interface SignaturePlace {
  /** what `registry list` is: see `readSignatureList`; `directory`: that of a `dir:` image, which is one */
  readonly kind: "lookaside" | "registry list" | "attachments" | "referrers" | "directory";
  /** an address, a path, a tag with its repository, or what bundles refer to; fit to be shown */
  readonly location: string;
  /** false where registries.d does not have it looked at; of referrers, where no requirement reads bundles */
  readonly searched: boolean;
}

/**
 * In the order in which they are looked at.
 * @param readsBundles - whether the policy has a requirement that does: those of containers-policy.json(5) do not
 */
export function signaturePlaces(
  physical: ImageReference,
  manifest: Digest,
  { lookaside, sigstoreAttachments }: SignatureStorageOf,
  listsSignatures: boolean,
  readsBundles: boolean,
): readonly SignaturePlace[] {
  const name = repositoryName(physical);
  const directory = below(lookaside, digestSuffix(manifest));
  const stored: SignaturePlace = listsSignatures
    ? { kind: "registry list", location: `${name}@${manifest}`, searched: true }
    : { kind: "lookaside", location: showDirectory(directory), searched: true };
  const attached = `${name}:${attachmentTag(manifest, ".sig")}`;
  return [
    stored,
    { kind: "attachments", location: attached, searched: sigstoreAttachments },
    { kind: "referrers", location: `${name}@${manifest}`, searched: readsBundles },
  ];
}

function showDirectory(directory: LookasideLocation): string {
  return directory.scheme === "file" ? directory.path : showLocation(directory);
}
