import { create } from "@bufbuild/protobuf";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { mediaTypes } from "@countersign/engine/values/manifest";
import type { FetchedManifest, UnverifiedSignature } from "@countersign/engine/verify/ports";
import { type Image, ImageSchema } from "@countersign/sources/cri/generated/cri_pb";
import type { RecordedImage } from "@countersign/sources/evidence/recorded-image";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import type { PolicyInForce } from "../policy/policy-store.ts";

const kit = createSigningKit();
const key = kit.key("release");

/** For tests: an image by its bytes, as a registry serves them and a runtime knows it. */
export interface TestImage {
  readonly manifest: FetchedManifest;
  /** of the manifest */
  readonly digest: Digest;
  /** of the config that containerd takes for the id */
  readonly id: Digest;
}

export function imageOf(content: string): TestImage {
  const id = digestOf(Buffer.from(`config of ${content}`));
  const manifest = jsonManifest(mediaTypes.ociManifest, { config: { digest: id }, layers: [] });
  return { manifest, digest: digestOf(manifest.bytes), id };
}

/** An index whose one entry for linux/amd64 is `instance`; its id is that one's. */
export function indexOf(instance: TestImage): TestImage {
  const entry = {
    digest: instance.digest,
    mediaType: mediaTypes.ociManifest,
    size: instance.manifest.bytes.length,
    platform: { os: "linux", architecture: "amd64" },
  };
  const manifest = jsonManifest(mediaTypes.ociIndex, { manifests: [entry] });
  return { manifest, digest: digestOf(manifest.bytes), id: instance.id };
}

export const amd64 = { os: "linux", architecture: "amd64", variant: "" };

function jsonManifest(mediaType: string, content: object): FetchedManifest {
  return { mediaType, bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content })) };
}

/** The release key's signature for an image under a name. */
export function signatureOf({ digest }: TestImage, reference: string): UnverifiedSignature {
  return kit.sign(key, { digest, reference });
}

interface Recording {
  readonly instances?: readonly TestImage[];
  /** of the first instance, or else of the image itself */
  readonly signatures?: readonly UnverifiedSignature[];
  readonly attachments?: RecordedImage["attachments"];
}

/** What is known of an image when it was found under `name`. */
export function recordingOf(
  name: string,
  image: TestImage,
  { instances = [], signatures = [], attachments = [] }: Recording = {},
): RecordedImage {
  return {
    image: parseDockerImage(name),
    platforms: [],
    at: 0,
    manifest: image.manifest,
    instances: new Map(instances.map(({ digest, manifest }) => [digest, manifest])),
    signatures: new Map([[(instances[0] ?? image).digest, signatures]]),
    attachments,
  };
}

/** What a runtime says of an image that it has. */
export function presentAs({ id }: Pick<TestImage, "id">, names: readonly string[]): Image {
  return create(ImageSchema, {
    id,
    repoTags: names.filter((name) => !name.includes("@")),
    repoDigests: names.filter((name) => name.includes("@")),
    size: 1n,
  });
}

export const signedByRelease = {
  type: "sigstoreSigned",
  keyData: Buffer.from(key.publicKeyPem).toString("base64"),
};
export const acceptAnything = { type: "insecureAcceptAnything" };

/** A policy that says `scopes` of registries' images, and `otherwise` of every other. */
export function policyOf(
  scopes: Readonly<Record<string, readonly object[]>>,
  otherwise: readonly object[] = [acceptAnything],
): PolicyInForce {
  // unknown to containers/image, which the tests do not ask; without extension in it the marker changes nothing
  const text = JSON.stringify({ countersign: 1, default: otherwise, transports: { docker: scopes } });
  return { policy: parsePolicy(Buffer.from(text), "/p.json"), file: "/p.json", origin: "global" };
}
