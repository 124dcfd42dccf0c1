import { policySubject } from "@countersign/engine/policy/policy-subject";
import type { Digest } from "@countersign/engine/values/digest";
import type { DockerImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { type FixedImage, fixedSources } from "@countersign/engine/verify/fixed-sources";
import { gather } from "@countersign/engine/verify/gather";
import type { TrustPorts } from "@countersign/engine/verify/gather-trust";
import { noNeeds } from "@countersign/engine/verify/needs";
import type { EvidencePlan } from "@countersign/engine/verify/plan";
import type {
  Clock,
  FetchedManifest,
  ImageSource,
  ImageSourceOpener,
  UnverifiedSignature,
} from "@countersign/engine/verify/ports";
import { refuseIfCancelled } from "../cancellation.ts";

/** An image as it was found: all that a judgement under any policy asks of it. */
export interface RecordedImage extends Required<Omit<FixedImage, "attachments">> {
  readonly image: DockerImage;
  /** for which an instance was looked for, if it is an index */
  readonly platforms: readonly Platform[];
  /** when it was found, in milliseconds since 1970 */
  readonly at: number;
}

/**
 * Looks at an image as a policy would that demands signatures, for each platform, and keeps all that is seen. What is
 * wrong with the image itself is kept too, and will be judged as it is.
 * @throws CountersignError when something could not be read
 */
export async function recordImage(
  image: DockerImage,
  platforms: readonly Platform[],
  sources: ImageSourceOpener,
  clock: Clock,
  signal: AbortSignal,
): Promise<RecordedImage> {
  const at = clock.now();
  const recorder = record(await sources.open(image, signal));
  const ports = { sources: { open: async () => recorder.source }, ...noTrust, clock };
  for (const platform of platforms) {
    try {
      await gather(image, platform, everything, ports, signal);
    } catch {
      refuseIfCancelled(signal);
    }
    recorder.throwFailure();
  }
  const { manifest, instances, signatures } = recorder;
  return { image, platforms, at, manifest, instances, signatures };
}

/** Serves a recorded image, and no other. */
export function replay(recorded: RecordedImage): ImageSourceOpener {
  return fixedSources(new Map([[policySubject(recorded.image).spelled, recorded]]));
}

const everything: EvidencePlan = { decisive: { ...noNeeds, signatures: true }, warning: noNeeds };

const noTrust: TrustPorts = {
  trustFiles: { read: () => Promise.reject(new Error("a recording reads no trust files")) },
  trustRepositories: { trustedRoot: () => Promise.reject(new Error("a recording reads no trusted roots")) },
};

/** Remembers what a source gave, and if it failed to. */
function record(source: ImageSource) {
  const instances = new Map<Digest, FetchedManifest>();
  const signatures = new Map<Digest, readonly UnverifiedSignature[]>();
  let failure: { readonly cause: unknown } | undefined;

  async function remember<T>(kept: Map<Digest, T>, digest: Digest, read: () => Promise<T>): Promise<T> {
    const known = kept.get(digest);
    if (known !== undefined) return known;
    try {
      const found = await read();
      kept.set(digest, found);
      return found;
    } catch (cause) {
      failure = { cause };
      throw cause;
    }
  }

  const remembering: ImageSource = {
    physical: source.physical,
    manifest: source.manifest,
    instanceManifest: (digest, signal) =>
      remember(instances, digest, () => source.instanceManifest(digest, signal)),
    signatures: (manifest, signal) =>
      remember(signatures, manifest, () => source.signatures(manifest, signal)),
    attachments: (query, signal) => source.attachments(query, signal),
  };
  return {
    source: remembering,
    manifest: source.manifest,
    instances,
    signatures,
    throwFailure() {
      if (failure !== undefined) throw failure.cause;
    },
  };
}
