import { CountersignError, type ErrorCode } from "@countersign/engine/values/error";
import type { DockerImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { gather } from "@countersign/engine/verify/gather";
import type { TrustPorts } from "@countersign/engine/verify/gather-trust";
import { type AttachmentNeed, attachmentNeedKey, noNeeds } from "@countersign/engine/verify/needs";
import type { EvidencePlan } from "@countersign/engine/verify/plan";
import type { AttachmentPlace, Clock, ImageSourceOpener } from "@countersign/engine/verify/ports";
import { refuseIfCancelled } from "../cancellation.ts";
import type { RecordedImage } from "./recorded-image.ts";
import { recorder } from "./recorder.ts";

/**
 * Looks at an image as policies would that demand signatures and attestations of every kind, for each platform, and
 * keeps all that is seen. What is wrong with the image itself is kept too, and will be judged as it is. What only some
 * policies look for, in other repositories than the image's own, is not looked for here.
 * @throws CountersignError when something could not be read; where a registry only refuses to say what cosign attached,
 *   that is left out
 */
export async function recordImage(
  image: DockerImage,
  platforms: readonly Platform[],
  sources: ImageSourceOpener,
  clock: Clock,
  signal: AbortSignal,
): Promise<RecordedImage> {
  const at = clock.now();
  let failure: { readonly cause: unknown } | undefined;
  const recording = recorder(
    await sources.open(image, signal),
    { image, platforms, at },
    {
      grown: async () => {},
      failed(asked, cause) {
        const isRefusal = asked === "attachments" && refusals.has(CountersignError.from(cause).code);
        if (!isRefusal) failure ??= { cause };
      },
    },
  );
  const ports = { sources: { open: async () => recording.source }, ...noTrust, clock };
  for (const platform of platforms) {
    try {
      await gather(image, { platform }, everything, ports, signal);
    } catch {
      refuseIfCancelled(signal);
    }
    if (failure !== undefined) throw failure.cause;
  }
  return recording.recorded();
}

/** Most policies do without what cosign attaches today, and some registries do not take the question. */
const refusals: ReadonlySet<ErrorCode> = new Set(["REGISTRY_DENIED", "REGISTRY_ANSWER_INVALID"]);

const own: AttachmentPlace = { repository: undefined, tagPrefix: "" };
const attachments: readonly AttachmentNeed[] = (["manifest", "index"] as const).flatMap((of) =>
  (["signatures", "attestations"] as const).map((kind) => ({ of, kind, place: own })),
);
const everything: EvidencePlan = {
  decisive: {
    ...noNeeds,
    signatures: true,
    attachments: new Map(attachments.map((need) => [attachmentNeedKey(need), need])),
  },
  warning: noNeeds,
};

const noTrust: TrustPorts = {
  trustFiles: { read: () => Promise.reject(new Error("a recording reads no trust files")) },
  trustRepositories: { trustedRoot: () => Promise.reject(new Error("a recording reads no trusted roots")) },
};
