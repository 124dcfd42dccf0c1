import { policySubject } from "../policy/policy-subject.ts";
import { type Digest, digestAlgorithm } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { chooseInstance, instanceDigest, parseIndex } from "../values/image-index.ts";
import { type LocatedImage, pinnedDigest } from "../values/located-image.ts";
import { manifestKind, type Platform } from "../values/manifest.ts";
import { manifestDigest } from "../values/manifest-digest.ts";
import { prefixing } from "../values/prefixing.ts";
import { type Evidence, isSignature, type TrustFile } from "./evidence.ts";
import type { EvidencePlan } from "./plan.ts";
import type {
  Clock,
  FetchedManifest,
  ImageSource,
  ImageSourceOpener,
  TrustFiles,
  UnverifiedSignature,
} from "./ports.ts";

/** Everything outside that a judgement may ask. */
export interface Ports {
  readonly sources: ImageSourceOpener;
  readonly trustFiles: TrustFiles;
  readonly clock: Clock;
}

export interface Gathered {
  /** of the manifest that the name leads to: what a runtime must pull */
  readonly digest: Digest;
  /** the manifest for the platform, when the name leads to an index */
  readonly instance: Digest | undefined;
  readonly evidence: Evidence;
}

/** 127 from a lookaside store and 1000 attachments are what the sources read; see their own limits for sizes. */
const maxSignatures = 1127;
const maxManifestSize = 4 * 1024 * 1024;

/**
 * Fetches what the plan needs, in the order in which containers/image would stumble over what is missing: the
 * manifest before the policy is asked at all, then signatures, then keys and CAs if there is anything to verify.
 * @throws CountersignError with the source's code, MANIFEST_DIGEST_MISMATCH, MANIFEST_INVALID, PLATFORM_NOT_FOUND or
 * TOO_LARGE; the message is the reference's whole text
 */
export async function gather(
  image: LocatedImage,
  platform: Platform,
  plan: EvidencePlan,
  ports: Ports,
  signal: AbortSignal,
): Promise<Gathered> {
  const source = await ports.sources.open(image, signal);
  const digest = await prefixing(determining(image), () =>
    checkedDigest(source.manifest, pinnedDigest(image)),
  );
  const instance = await findInstance(image, platform, source, signal);
  const judged = instance ?? digest;
  const signatures = plan.needsSignatures
    ? await prefixing(rejectionPrefix(instance), () => readSignatures(source, judged, signal))
    : [];
  const wanted = signatures.some(isSignature) ? plan.trustFiles : [];
  const trustFiles = await readTrustFiles(wanted, ports.trustFiles, signal);
  const now = ports.clock.now() / 1000;
  return { digest, instance, evidence: { manifestDigest: judged, signatures, trustFiles, now } };
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

async function findInstance(
  image: LocatedImage,
  platform: Platform,
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
  const chosen = await prefixing(`choosing an image from manifest list ${name}: `, () =>
    chooseInstance(index, platform),
  );
  const { instance, manifest } = await prefixing(`${fromIndex}${determining(image)}`, async () => {
    const instance = instanceDigest(chosen);
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

async function readSignatures(
  source: ImageSource,
  manifest: Digest,
  signal: AbortSignal,
): Promise<readonly UnverifiedSignature[]> {
  const signatures = await source.signatures(manifest, signal);
  if (signatures.length > maxSignatures) {
    throw new CountersignError(
      "TOO_LARGE",
      `${source.physical} has ${signatures.length} signatures, more than the ${maxSignatures} that are judged`,
    );
  }
  return signatures;
}

/** One after the other: whoever writes a policy for one namespace must not be able to fill the memory of all. */
async function readTrustFiles(
  paths: Iterable<string>,
  trustFiles: TrustFiles,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TrustFile>> {
  const files = new Map<string, TrustFile>();
  let left = maxTrustSize;
  for (const path of paths) {
    try {
      if (left === 0) throw new CountersignError("TOO_LARGE", `${path} is not read: ${tooMuchTrust}`);
      const bytes = await trustFiles.read(path, signal);
      if (bytes.length > left) throw new CountersignError("TOO_LARGE", `read ${path}: ${tooMuchTrust}`);
      left -= bytes.length;
      files.set(path, { type: "read", bytes });
    } catch (caught) {
      signal.throwIfAborted();
      const error = CountersignError.from(caught);
      if (error.code === "TOO_LARGE") left = 0;
      files.set(path, { type: "failed", error });
    }
  }
  return files;
}

/** Sixty times every public CA. */
const maxTrustSize = 16 * 1024 * 1024;
const tooMuchTrust = `the key and CA files of one image's policy have more than ${maxTrustSize} bytes`;
