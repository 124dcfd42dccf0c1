import type { Digest } from "../values/digest.ts";
import type { NamedReference } from "../values/image-reference.ts";
import type { LocatedImage } from "../values/located-image.ts";

/** A manifest's bytes as served, before anything of it was believed. */
export interface FetchedManifest {
  readonly bytes: Uint8Array;
  /** the Content-Type it came with, parameters stripped; `""` if none */
  readonly mediaType: string;
}

/**
 * One place an image is read from. Opened once per question, so that manifest, signatures and credentials
 * all come from the same physical endpoint (a mirror that served the manifest also serves the signatures).
 */
export interface ImageSource {
  /** the physical reference that answered, for messages */
  readonly physical: string;
  /** the manifest of the reference itself, already fetched by opening */
  readonly manifest: FetchedManifest;
  /** another manifest of the repository, e.g. a platform's instance; checked against `digest`, bounded */
  instanceManifest(digest: Digest, signal: AbortSignal): Promise<FetchedManifest>;
  /** every signature stored for the manifest, in the source's order; checks nothing but bounds and blob digests */
  signatures(manifest: Digest, signal: AbortSignal): Promise<readonly UnverifiedSignature[]>;
  /**
   * everything that cosign, old and new, attached to a manifest or index; checks nothing but bounds and blob digests.
   * What a stranger could have broken is told as unreadable; a registry that fails is an error, never "unsigned"
   */
  attachments(query: AttachmentQuery, signal: AbortSignal): Promise<readonly UnverifiedSignature[]>;
}

/** What is looked for, and where. Each kind is always tried: an unrelated bundle must not hide a good signature. */
export interface AttachmentQuery {
  /** a manifest, or the index that led to it */
  readonly subject: Digest;
  /** `.sig` tags and bundles; else `.att` tags and bundles */
  readonly kind: "signatures" | "attestations";
  readonly place: AttachmentPlace;
}

/** A repository with signatures, as cosign's COSIGN_REPOSITORY names one. */
export interface AttachmentPlace {
  /** undefined: the image's own */
  readonly repository: NamedReference | undefined;
  /** put before `sha256-….sig` and `.att`; `""` if nothing is */
  readonly tagPrefix: string;
}

/** Opens the place where an image is. Declared by the engine, filled by `sources`. */
export interface ImageSourceOpener {
  /** @throws CountersignError with a registry code; message as containers/image words it */
  open(image: LocatedImage, signal: AbortSignal): Promise<ImageSource>;
}

/** Reads a key or CA file that a policy names. */
export interface TrustFiles {
  /** the file's bytes, bounded; @throws CountersignError TRUST_FILE_UNREADABLE, message as Go's os.ReadFile words it */
  read(path: string, signal: AbortSignal): Promise<Uint8Array>;
}

/** A repository of The Update Framework that has a `trusted_root.json`. */
export interface TrustRepositoryQuery {
  /** an https URL without a trailing slash */
  readonly mirror: string;
  /** the root.json that is trusted to begin with */
  readonly root: Uint8Array;
  /** the target's name */
  readonly target: string;
}

/** Reads trusted roots from where they are published. Declared by the engine, filled by `sources`. */
export interface TrustRepositories {
  /**
   * The target's bytes, bounded, and verified from `root` on; perhaps those that were kept from before.
   * @throws CountersignError TRUST_REPOSITORY_UNUSABLE
   */
  trustedRoot(query: TrustRepositoryQuery, signal: AbortSignal): Promise<Uint8Array>;
}

/** What someone stored next to an image and calls a signature. Nothing in it is believed. */
export type UnverifiedSignature =
  | SimpleSigningBlob
  | SigstoreAttachment
  | StoredBundle
  | UnreadableAttachment;

/** GPG simple signing: an OpenPGP message (containers-signature.5.md). */
export interface SimpleSigningBlob {
  readonly type: "simpleSigning";
  readonly bytes: Uint8Array;
  readonly location: string;
}

/** A layer of a cosign `.sig` manifest, or the same carried in a lookaside blob. */
export interface SigstoreAttachment {
  readonly type: "sigstore";
  /** `application/vnd.dev.cosign.simplesigning.v1+json` for signatures; anything else is an attachment of another kind */
  readonly mediaType: string;
  readonly payload: Uint8Array;
  readonly annotations: ReadonlyMap<string, string>;
  /** where it was found, for explain: e.g. `registry.example/app:sha256-….sig layer 2` */
  readonly location: string;
}

/** A sigstore bundle that says to be about the manifest: the layer of an OCI 1.1 referrer. */
export interface StoredBundle {
  readonly type: "bundle";
  /** its JSON, as stored */
  readonly bytes: Uint8Array;
  /** e.g. `registry.example/app@sha256:…`, the referrer */
  readonly location: string;
}

/** Something was found, or left unread, that might have been a signature: never accepted, and never hidden. */
export interface UnreadableAttachment {
  readonly type: "unreadable";
  /** e.g. `registry.example/app@sha256:…` */
  readonly location: string;
  /** why nothing can come of it, for explanations: `it is listed, and not there` */
  readonly reason: string;
}

/** Wall clock, milliseconds since the epoch. */
export interface Clock {
  now(): number;
}
