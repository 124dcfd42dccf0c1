import type { Annotations } from "./annotations.ts";
import type { Predicate } from "./formats/statement.ts";
import type { Descriptor } from "./store/descriptor.ts";

/** How signatures are stored: as sigstore bundles that refer to the image, or under cosign's first tags. */
export type StoredFormat = "bundle" | "legacy";

/** One thing to be signed and stored. */
export type SignatureTask = ImageSignatureTask | AttestationTask;

export interface ImageSignatureTask {
  readonly type: "signature";
  readonly format: StoredFormat;
  readonly subject: Descriptor;
  /** under which the image is signed: all of them in a bundle, one in a layer */
  readonly names: readonly [string, ...string[]];
  readonly annotations: Annotations;
}

export interface AttestationTask {
  readonly type: "attestation";
  readonly format: StoredFormat;
  readonly subject: Descriptor;
  readonly names: readonly [string, ...string[]];
  readonly predicate: Predicate;
}

/** A task for each of the formats; in the old one a layer has room for one name. */
export function signatureTasks(
  formats: readonly StoredFormat[],
  rest: Omit<ImageSignatureTask, "type" | "format">,
): readonly ImageSignatureTask[] {
  return formats.flatMap((format): readonly ImageSignatureTask[] =>
    format === "bundle"
      ? [{ type: "signature", format, ...rest }]
      : rest.names.map((name) => ({ type: "signature", format, ...rest, names: [name] })),
  );
}

export function attestationTasks(
  formats: readonly StoredFormat[],
  rest: Omit<AttestationTask, "type" | "format">,
): readonly AttestationTask[] {
  return formats.map((format) => ({ type: "attestation", format, ...rest }));
}
