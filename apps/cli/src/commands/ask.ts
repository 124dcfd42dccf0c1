import { performance } from "node:perf_hooks";
import type { Policy } from "@countersign/engine/policy/policy";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import type { Digest } from "@countersign/engine/values/digest";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import type { ImageSource } from "@countersign/engine/verify/ports";
import { firstFound } from "@countersign/sources/containers-config/first-found";
import { readPolicyFile } from "@countersign/sources/files/policy-file";
import { openSources, type Sources } from "@countersign/sources/open-sources";
import { failuresOf, isUnsigned } from "../failures.ts";
import { type Judged, judgeImage, undecided } from "../judge-image.ts";
import { type NameResolution, resolveName } from "../name-resolution.ts";
import { parseImage } from "../parse-image.ts";
import { type PolicyInForce, type Report, readsBundles, unanswered } from "../report.ts";
import type { Terminal } from "../terminal.ts";
import { environmentOf } from "../user-environment.ts";
import { type ImageFlags, parsePlatform, parseTimeout, refuseTwoRuntimes } from "./image-flags.ts";
import { requirePolicyPlaces } from "./named-paths.ts";
import { choosePolicy } from "./policy-choice.ts";
import { sourcesConfig } from "./sources-config.ts";

/**
 * Asks whether `image` may run, and reports as far as the question got. Wrong usage is thrown for people, and a report
 * like any other for programs, which read one JSON object whatever happens.
 * @throws CountersignError USAGE
 */
export async function ask(image: string, flags: ImageFlags, io: Terminal): Promise<Report> {
  try {
    return await answered(image, flags, io);
  } catch (caught) {
    if (flags.output === "json") return unanswered(image, caught);
    throw caught;
  }
}

async function answered(image: string, flags: ImageFlags, io: Terminal): Promise<Report> {
  const began = performance.now();
  const platform = parsePlatform(flags.platform, process.arch);
  const signal = AbortSignal.timeout(parseTimeout(flags.timeout));
  const environment = environmentOf(io);
  const config = await sourcesConfig(flags, environment);
  await requirePolicyPlaces(flags);
  refuseTwoRuntimes(flags);

  let located: LocatedImage | undefined;
  let resolution: NameResolution | undefined;
  let policy: PolicyInForce | undefined;
  const report = (rest: Pick<Report, "outcome"> & Partial<Report>): Report => ({
    image,
    namespace: flags.namespace,
    located,
    resolution,
    digest: undefined,
    instance: undefined,
    policy,
    requirements: [],
    missedIn: [],
    unreadBundles: [],
    ...rest,
    duration: Math.round((performance.now() - began) * 1000) / 1000,
  });

  try {
    policy = { ...(await choosePolicy(flags, environment)), selection: undefined };
    const parsed = await readPolicyFile(policy.file);
    // after the policy, as the containers tools do: of two faults they tell the policy's
    const written = parseImage(image);
    const askFor = (one: LocatedImage) => {
      located = one;
      const selection = selectScope(parsed, policySubject(one));
      policy = policy && { ...policy, selection, isCompiled: isCompiled(parsed) };
    };
    const sources = openSources(config);
    try {
      // before it is resolved nobody knows what the name means, nor which scope is for it
      if (flags.shortNames === "docker.io") askFor(written);
      else resolution = await resolveName(image, written, sources.shortNames);
      const open = async (one: LocatedImage): Promise<Found> => {
        askFor(one);
        return { image: one, source: await sources.imageSources().open(one, signal) };
      };
      const found = await firstFound(resolution?.candidates ?? [written], open);
      return report(await judged(found, parsed, platform, sources, signal));
    } finally {
      await sources.close();
    }
  } catch (caught) {
    return report(undecided(caught, policy?.selection?.requirements));
  }
}

/** Rules that are called after cluster policies are made of them. */
function isCompiled({ images }: Policy): boolean {
  return images.some(({ name }) => /^(?:Cluster)?ImagePolic(?:y|ies) /.test(name));
}

/** An image, and the place that has it. */
export interface Found {
  readonly image: LocatedImage;
  readonly source: ImageSource;
}

/** Judges it, and where it is refused says where signatures were missed or overlooked. */
export async function judged(
  { image, source }: Found,
  policy: Policy,
  platform: Platform,
  sources: Sources,
  signal: AbortSignal,
): Promise<Judged & Pick<Report, "missedIn" | "unreadBundles">> {
  const { trustFiles, trustRepositories } = sources;
  const ports = { sources: { open: async () => source }, trustFiles, trustRepositories, clock: Date };
  const judged = await judgeImage({ image, policy, platform }, ports, signal);
  const subject = judged.instance ?? judged.digest;
  const failures = failuresOf(judged.requirements);
  const readsAny = judged.requirements.some(({ requirement }) => readsBundles(requirement));
  const missed = subject !== undefined && failures.some(isUnsigned);
  const overlooks = failures.some(({ requirement }) => requirement.type === "sigstoreSigned");
  return {
    ...judged,
    missedIn: missed ? await sources.signaturePlaces(image, subject, readsAny, source.physical) : [],
    unreadBundles: subject !== undefined && overlooks ? await bundlesBeside(source, subject, signal) : [],
  };
}

/**
 * The bundles that refer to the image: whoever signs with cosign 3 has made one, and containers-policy.json(5) knows of
 * none. For explanations alone, after the image was refused; that they cannot be had changes nothing.
 */
async function bundlesBeside(
  source: ImageSource,
  subject: Digest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const place = { repository: undefined, tagPrefix: "" };
  try {
    const found = await source.attachments({ subject, kind: "signatures", place }, signal);
    return found.filter(({ type }) => type === "bundle").map(({ location }) => location);
  } catch {
    return [];
  }
}
