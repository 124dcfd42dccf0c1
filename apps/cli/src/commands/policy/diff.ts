import { CountersignError } from "@countersign/engine/values/error";
import { parseNamespace } from "@countersign/gateway/policy/namespace";
import { openSources } from "@countersign/sources/open-sources";
import { inTurn } from "../../in-turn.ts";
import { parseImage } from "../../parse-image.ts";
import { compareImage } from "../../policy-diff/compare-image.ts";
import { compareScopes } from "../../policy-diff/compare-scopes.ts";
import type { Comparison } from "../../policy-diff/comparison.ts";
import { exitCodeForDiff } from "../../policy-diff/diff-exit-code.ts";
import { type ComparedAs, listedImages, namedImages } from "../../policy-diff/images-to-compare.ts";
import { type PolicyPair, policyPair } from "../../policy-diff/policy-pair.ts";
import { withFullNames } from "../../policy-test/full-names.ts";
import { evidenceReadOnce } from "../../policy-test/row-evidence.ts";
import { evidencePlace } from "../../policy-test/table-values.ts";
import { diffToJson } from "../../render/policy-diff-json.ts";
import { diffToText } from "../../render/policy-diff-text.ts";
import type { Terminal } from "../../terminal.ts";
import { environmentOf } from "../../user-environment.ts";
import { parsePlatform, parseTimeout, refuseTwoRuntimes } from "../image-flags.ts";
import { type ListFlags, parseJobs } from "../list-flags.ts";
import { requirePolicyPlaces } from "../named-paths.ts";
import type { PolicyPlaces } from "../policy-choice.ts";
import { sourcesConfig } from "../sources-config.ts";

export interface PolicyDiffFlags extends ListFlags, PolicyPlaces {
  readonly images?: string;
  readonly evidence?: string;
  readonly namespace?: string;
  readonly platform: string;
  readonly output: "text" | "json";
}

/**
 * `countersign policy diff OLD NEW [IMAGE…]`: which images are answered in another way; without images, for which scopes
 * something else is asked.
 * @throws CountersignError USAGE, CONFIG_INVALID, REFERENCE_INVALID, or as reading a policy does
 */
export async function policyDiff(
  [before, after]: readonly [before: string, after: string],
  images: readonly string[],
  flags: PolicyDiffFlags,
  io: Terminal,
): Promise<void> {
  const environment = environmentOf(io);
  await requirePolicyPlaces(flags);
  refuseTwoRuntimes(flags);
  const pair = await policyPair(before, after, flags, environment);
  const comparisons =
    images.length === 0 && flags.images === undefined
      ? await scopeComparisons(pair, flags)
      : await imageComparisons(pair, images, flags, io);
  io.out(flags.output === "json" ? diffToJson(comparisons) : diffToText(comparisons, io.paint));
  io.exitWith(exitCodeForDiff(comparisons));
}

async function scopeComparisons(pair: PolicyPair, flags: PolicyDiffFlags): Promise<readonly Comparison[]> {
  if (flags.evidence !== undefined) {
    throw new CountersignError("USAGE", "--evidence: name images to judge, or a list of them with --images");
  }
  const comparisons: Comparison[] = [];
  for (const namespace of namespacesOf(pair, flags))
    comparisons.push(...(await compareScopes(pair, namespace)));
  return comparisons;
}

async function imageComparisons(
  pair: PolicyPair,
  images: readonly string[],
  flags: PolicyDiffFlags,
  io: Terminal,
): Promise<readonly Comparison[]> {
  const [jobs, timeout] = [parseJobs(flags.jobs), parseTimeout(flags.timeout)];
  const sources = openSources(await sourcesConfig(flags, environmentOf(io)));
  try {
    const as: ComparedAs = {
      namespaces: namespacesOf(pair, flags),
      platform: parsePlatform(flags.platform, process.arch),
      evidence: flags.evidence === undefined ? undefined : evidencePlace(".", parseImage)(flags.evidence),
      trustFiles: sources.trustFiles,
      trustRepositories: sources.trustRepositories,
      beforeChange: pair.beforeChange,
    };
    const listed = flags.images === undefined ? [] : await listedImages(flags.images, as);
    const written = [...namedImages(images, as), ...listed];
    const isShort = flags.shortNames === "registries.conf";
    const compared = isShort ? await withFullNames(written, () => "", sources.shortNames) : written;
    const evidenceFor = evidenceReadOnce(sources.imageSources());
    const interruption = io.interruption();
    let done = 0;
    const comparisons = await inTurn(compared, jobs, async (image) => {
      const signal = AbortSignal.any([interruption, AbortSignal.timeout(timeout)]);
      const comparison = await compareImage(image, pair, evidenceFor, signal);
      io.progress(`${++done} of ${compared.length} images`);
      return comparison;
    });
    io.progress("");
    return comparisons.filter((comparison) => comparison !== undefined);
  } finally {
    await sources.close();
  }
}

/** A namespace that is named, else all that have a policy of their own, and what holds for the others. */
function namespacesOf({ namespaces }: PolicyPair, { namespace }: PolicyDiffFlags): ComparedAs["namespaces"] {
  return namespace === undefined ? [undefined, ...namespaces] : [parseNamespace(namespace)];
}
