import { digestHex, digestOf } from "@countersign/engine/values/digest";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import { pinnedDigest } from "@countersign/engine/values/located-image";
import { readPolicyBytes } from "@countersign/sources/files/policy-file";
import { openSources, type Sources } from "@countersign/sources/open-sources";
import type { SignaturePlace } from "@countersign/sources/signature-places";
import { exitCode } from "../../exit-code.ts";
import { resolveName, withNameAndRemedy } from "../../name-resolution.ts";
import { parseImage } from "../../parse-image.ts";
import { policiesInForce } from "../../policies-in-force.ts";
import { policiesOverview } from "../../policy-show/policies-overview.ts";
import { type PolicyForImage, quotePolicy } from "../../policy-show/policy-for-image.ts";
import { overviewToJson, policiesForImagesToJson } from "../../render/policy-show-json.ts";
import { overviewToText, policiesForImagesToText } from "../../render/policy-show-text.ts";
import { readsBundles } from "../../report.ts";
import type { Terminal } from "../../terminal.ts";
import { environmentOf } from "../../user-environment.ts";
import { type RegistryFlags, refuseTwoRuntimes } from "../image-flags.ts";
import { requirePolicyPlaces } from "../named-paths.ts";
import { choosePolicy, type PolicyPlaces } from "../policy-choice.ts";
import { sourcesConfig } from "../sources-config.ts";

export interface PolicyShowFlags extends PolicyPlaces, Omit<RegistryFlags, "authfile"> {
  readonly namespace?: string;
  readonly output: "text" | "json";
}

/**
 * `countersign policy show [IMAGE…]`: which policy is in force for an image, what it asks for, and where signatures would
 * be looked for; without an image, which policies there are. Asks no registry.
 * @throws CountersignError as choosing and reading the policy does, REFERENCE_INVALID or CONFIG_INVALID
 */
export async function policyShow(
  images: readonly string[],
  flags: PolicyShowFlags,
  io: Terminal,
): Promise<void> {
  refuseTwoRuntimes(flags);
  await requirePolicyPlaces(flags);
  if (images.length > 0) return await showImages(images, flags, io);
  const overview = await policiesOverview(flags, policiesInForce(flags, environmentOf(io)));
  io.out(flags.output === "json" ? overviewToJson(overview) : overviewToText(overview, io.paint));
  const isWhole = overview.policies.every(({ fault }) => fault === undefined);
  io.exitWith(isWhole ? exitCode.allowed : exitCode.usage);
}

async function showImages(images: readonly string[], flags: PolicyShowFlags, io: Terminal): Promise<void> {
  const environment = environmentOf(io);
  const { file, because } = await choosePolicy(flags, environment);
  const policy = await quotePolicy(await readPolicyBytes(file), file, because);
  const sources = openSources(await sourcesConfig(flags, environment));
  try {
    const shown: PolicyForImage[] = [];
    for (const written of images) {
      for (const image of await meantBy(written, flags, sources)) {
        const applied = policy.applyTo(image);
        const readsAny = applied.requirements.some(readsBundles);
        const signaturePlaces = await placesOfSignatures(image, readsAny, sources);
        shown.push({ written, image, namespace: flags.namespace, ...applied, signaturePlaces });
      }
    }
    const print = flags.output === "json" ? policiesForImagesToJson : policiesForImagesToText;
    io.out(print(shown, io.paint));
  } finally {
    await sources.close();
  }
}

/** All that a name may mean: which of several registries has the image only they can tell. */
async function meantBy(
  written: string,
  { shortNames }: PolicyShowFlags,
  sources: Sources,
): Promise<readonly LocatedImage[]> {
  const image = parseImage(written);
  if (shortNames === "docker.io") return [image];
  try {
    return (await resolveName(written, image, sources.shortNames))?.candidates ?? [image];
  } catch (caught) {
    throw withNameAndRemedy(written, caught);
  }
}

/** What a tag stands for nobody knows before the registry is asked: its digest is left open. */
async function placesOfSignatures(
  image: LocatedImage,
  readsAny: boolean,
  sources: Sources,
): Promise<readonly SignaturePlace[]> {
  const pinned = pinnedDigest(image);
  if (pinned !== undefined) return await sources.signaturePlaces(image, pinned, readsAny);
  const open = digestOf(Buffer.of());
  const places = await sources.signaturePlaces(image, open, readsAny);
  return places.map((place) => ({ ...place, location: place.location.replaceAll(digestHex(open), "…") }));
}
