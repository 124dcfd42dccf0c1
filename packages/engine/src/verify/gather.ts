import { policySubject } from "../policy/policy-subject.ts";
import { type Digest, digestAlgorithm } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import {
  chooseInstance,
  type ImageIndex,
  type IndexInstance,
  instanceDigest,
  parseIndex,
} from "../values/image-index.ts";
import { type LocatedImage, pinnedDigest } from "../values/located-image.ts";
import { manifestKind, type Platform } from "../values/manifest.ts";
import { manifestDigest } from "../values/manifest-digest.ts";
import { prefixing } from "../values/prefixing.ts";
import { type Evidence, type Found, isSignature } from "./evidence.ts";
import { type FoundImage, gatherStored, nothingStored, type StoredSignatures } from "./gather-stored.ts";
import { gatherTrust, noTrust, type TrustPorts } from "./gather-trust.ts";
import { isNothing, type Needs, noNeeds } from "./needs.ts";
import type { EvidencePlan } from "./plan.ts";
import type { Clock, FetchedManifest, ImageSource, ImageSourceOpener } from "./ports.ts";

/** Everything outside that a judgement may ask. */
export interface Ports extends TrustPorts {
  readonly sources: ImageSourceOpener;
  readonly clock: Clock;
}

export interface Gathered {
  /** of the manifest that the name leads to: what a runtime must pull */
  readonly digest: Digest;
  /** the manifest for the platform, when the name leads to an index */
  readonly instance: Digest | undefined;
  readonly evidence: Evidence;
}

/** Which manifest of an index is judged. */
export interface InstanceChoice {
  /** the machine's, by which containers/image chooses */
  readonly platform: Platform;
  /** one of the index, where a runtime may choose another; undefined: the platform's */
  readonly instance?: Digest;
}

const maxManifestSize = 4 * 1024 * 1024;

/**
 * Fetches what the plan needs, in the order in which containers/image would stumble over what is missing: the
 * manifest before the policy is asked at all, then signatures, then keys and CAs if there is anything to verify.
 * What only warnings need comes last, and when it is not there in time, they have to do without.
 * @param warnBy aborted when nothing more is to be waited for that only warnings need
 * @throws CountersignError with the source's code, MANIFEST_DIGEST_MISMATCH, MANIFEST_INVALID, PLATFORM_NOT_FOUND or
 * TOO_LARGE; the message is the reference's whole text
 */
export async function gather(
  image: LocatedImage,
  choice: InstanceChoice,
  plan: EvidencePlan,
  ports: Ports,
  signal: AbortSignal,
  warnBy: AbortSignal = signal,
): Promise<Gathered> {
  const source = await ports.sources.open(image, signal);
  const digest = await prefixing(determining(image), () =>
    checkedDigest(source.manifest, pinnedDigest(image)),
  );
  const instance = await findInstance(image, choice, source, signal);
  const found: FoundImage = {
    manifestDigest: instance ?? digest,
    indexDigest: instance === undefined ? undefined : digest,
  };
  const decisive = await gatherNeeds(source, found, plan.decisive, nothingGathered, ports, signal);
  const all = isNothing(plan.warning)
    ? decisive
    : await gatherNeeds(
        source,
        found,
        plan.warning,
        decisive,
        ports,
        AbortSignal.any([signal, warnBy]),
      ).catch((caught) => {
        signal.throwIfAborted();
        return missing(
          plan.warning,
          decisive,
          CountersignError.from(warnBy.aborted ? warnBy.reason : caught),
        );
      });
  return { digest, instance, evidence: { ...found, ...all, now: ports.clock.now() / 1000 } };
}

type GatheredNeeds = Omit<Evidence, "manifestDigest" | "indexDigest" | "now">;

const nothingGathered: GatheredNeeds = { ...nothingStored, ...noTrust };

async function gatherNeeds(
  source: ImageSource,
  image: FoundImage,
  needs: Needs,
  known: GatheredNeeds,
  ports: TrustPorts,
  signal: AbortSignal,
): Promise<GatheredNeeds> {
  const stored = await gatherStored(source, image, needs, known, signal);
  const wanted = isAnythingToVerify(stored) ? needs : noNeeds;
  return { ...stored, ...(await gatherTrust(wanted, known, ports, signal)) };
}

function isAnythingToVerify({ signatures, attachments }: StoredSignatures): boolean {
  return (
    listOf(signatures).some(isSignature) ||
    [...attachments.values()].some((found) => listOf(found).length > 0)
  );
}

function listOf(found: Found) {
  return found instanceof CountersignError ? [] : found;
}

/** Evidence that came too late, if at all. */
function missing(needs: Needs, known: GatheredNeeds, error: CountersignError): GatheredNeeds {
  const attachments = [...needs.attachments.keys()].map((key) => [key, error] as const);
  return {
    ...known,
    signatures: needs.signatures ? error : known.signatures,
    attachments: new Map([...known.attachments, ...attachments]),
  };
}

/** What containers/image puts before whatever goes wrong once the policy is asked. */
export function rejectionPrefix(instance: Digest | undefined): string {
  return `${instance === undefined ? "" : fromIndex}Source image rejected: `;
}

const fromIndex = "copying system image from manifest list: ";

function determining(image: LocatedImage): string {
  return `determining manifest MIME type for ${policySubject(image).spelled}: `;
}

/** The digest of a manifest; a registry that serves another one than was asked for is lying. */
function checkedDigest({ bytes }: FetchedManifest, asked: Digest | undefined): Digest {
  if (bytes.length > maxManifestSize) {
    throw new CountersignError(
      "TOO_LARGE",
      `manifest has ${bytes.length} bytes, more than ${maxManifestSize}`,
    );
  }
  const digest = manifestDigest(bytes);
  // only sha256 can match, as in the reference
  if (asked !== undefined && (digestAlgorithm(asked) !== "sha256" || asked !== digest)) {
    throw new CountersignError(
      "MANIFEST_DIGEST_MISMATCH",
      `Manifest does not match provided manifest digest ${asked}`,
    );
  }
  return digest;
}

function entryOf({ instances }: ImageIndex, chosen: Digest): IndexInstance {
  const entry = instances.find(({ digest }) => digest === chosen);
  if (entry !== undefined) return entry;
  throw new CountersignError("MANIFEST_INVALID", `the index has no manifest ${chosen}`);
}

async function findInstance(
  image: LocatedImage,
  { platform, instance: chosen }: InstanceChoice,
  source: ImageSource,
  signal: AbortSignal,
): Promise<Digest | undefined> {
  const { bytes, mediaType } = source.manifest;
  const kind = manifestKind(mediaType);
  if (kind === "image") return undefined;
  const name = policySubject(image).spelled;
  const index = await prefixing(`parsing primary manifest as list for ${name}: `, () =>
    parseIndex(bytes, kind),
  );
  const entry = await prefixing(`choosing an image from manifest list ${name}: `, () =>
    chosen === undefined ? chooseInstance(index, platform) : entryOf(index, chosen),
  );
  const { instance, manifest } = await prefixing(`${fromIndex}${determining(image)}`, async () => {
    const instance = instanceDigest(entry);
    const manifest = await source.instanceManifest(instance, signal);
    checkedDigest(manifest, instance);
    return { instance, manifest };
  });
  if (manifestKind(manifest.mediaType) !== "image") {
    const nested = "Unexpectedly received a manifest list instead of a manifest for a single image";
    throw new CountersignError("MANIFEST_INVALID", fromIndex + nested);
  }
  return instance;
}
