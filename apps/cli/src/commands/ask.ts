import { performance } from "node:perf_hooks";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import { parseLocatedImage } from "@countersign/engine/values/parse-located-image";
import type { Question } from "@countersign/engine/verify/verify-image";
import { explicitPath } from "@countersign/sources/files/explicit-path";
import { readPolicyFile } from "@countersign/sources/files/policy-file";
import { openSources, type SourcesConfig } from "@countersign/sources/open-sources";
import { type Judged, judgeImage, undecided } from "../judge-image.ts";
import { isUnsigned, type PolicyInForce, type Report, unanswered } from "../report.ts";
import type { Terminal } from "../terminal.ts";
import { environmentOf } from "../user-environment.ts";
import { type ImageFlags, parsePlatform, parseRegistryConfigPath, parseTimeout } from "./image-flags.ts";
import { choosePolicy } from "./policy-choice.ts";

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
  const registryConfigPath = parseRegistryConfigPath(flags.registryConfigPath);
  const environment = environmentOf(io);

  let located: LocatedImage | undefined;
  let policy: PolicyInForce | undefined;
  const report = (rest: Pick<Report, "outcome"> & Partial<Report>): Report => ({
    image,
    namespace: flags.namespace,
    located,
    digest: undefined,
    instance: undefined,
    policy,
    requirements: [],
    missedIn: [],
    ...rest,
    duration: Math.round((performance.now() - began) * 1000) / 1000,
  });

  try {
    policy = { ...(await choosePolicy(flags, environment)), selection: undefined };
    const parsed = await readPolicyFile(policy.file);
    // after the policy, as the containers tools do: of two faults they tell the policy's
    located = parseLocatedImage(image, explicitPath);
    policy = { ...policy, selection: selectScope(parsed, policySubject(located)) };
    const { registriesConf, registriesD, authfile } = flags;
    const sources = { environment, registriesConf, registriesD, authfile, registryConfigPath };
    return report(await judged({ image: located, policy: parsed, platform }, sources, signal));
  } catch (caught) {
    return report(undecided(caught, policy?.selection?.requirements));
  }
}

async function judged(
  question: Question,
  config: SourcesConfig,
  signal: AbortSignal,
): Promise<Judged & Pick<Report, "missedIn">> {
  const sources = openSources(config);
  try {
    const ports = { sources: sources.imageSources(), trustFiles: sources.trustFiles, clock: Date };
    const judged = await judgeImage(question, ports, signal);
    const subject = judged.instance ?? judged.digest;
    const missed = subject !== undefined && judged.requirements.some(isUnsigned);
    return { ...judged, missedIn: missed ? await sources.signaturePlaces(question.image, subject) : [] };
  } finally {
    await sources.close();
  }
}
