import { homedir } from "node:os";
import { performance } from "node:perf_hooks";
import type { Policy, Requirement } from "@countersign/engine/policy/policy";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import { CountersignError } from "@countersign/engine/values/error";
import { type ImageReference, parseImageReference } from "@countersign/engine/values/image-reference";
import { dockerImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { denialCode } from "@countersign/engine/verify/denial-code";
import type { RequirementResult } from "@countersign/engine/verify/verdict";
import { explainRejection, verifyImage } from "@countersign/engine/verify/verify-image";
import { type UserEnvironment, userEnvironment } from "@countersign/sources/environment";
import { readPolicyFile } from "@countersign/sources/files/policy-file";
import { openSources } from "@countersign/sources/open-sources";
import { type PolicyInForce, type Report, unanswered } from "../report.ts";
import type { Terminal } from "../terminal.ts";
import { type ImageFlags, parsePlatform, parseTimeout } from "./image-flags.ts";
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
  const environment = userEnvironment(io.environment, { home: homeOf(io), uid: process.getuid?.() ?? 0 });

  let reference: ImageReference | undefined;
  let policy: PolicyInForce | undefined;
  const report = (rest: Pick<Report, "outcome"> & Partial<Report>): Report => ({
    image,
    namespace: flags.namespace,
    reference,
    digest: undefined,
    instance: undefined,
    policy,
    requirements: [],
    absence: undefined,
    ...rest,
    duration: Math.round((performance.now() - began) * 1000) / 1000,
  });

  try {
    policy = { ...(await choosePolicy(flags, environment)), selection: undefined };
    const parsed = await readPolicyFile(policy.file);
    // after the policy, as the containers tools do: of two faults they tell the policy's
    reference = parseImageReference(image.replace(/^docker:\/\//, ""));
    policy = { ...policy, selection: selectScope(parsed, policySubject(dockerImage(reference))) };
    return report(await judged(reference, parsed, platform, flags, environment, signal));
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    const requirements = policy?.selection?.requirements.map(notJudged) ?? [];
    return report({ requirements, outcome: { decision: "undecided", code, message } });
  }
}

/** What was asked for is worth knowing also when it could not be found out. */
function notJudged(requirement: Requirement): RequirementResult {
  return { requirement, outcome: "not judged", reason: "", signatures: [] };
}

async function judged(
  image: ImageReference,
  policy: Policy,
  platform: Platform,
  flags: ImageFlags,
  environment: UserEnvironment,
  signal: AbortSignal,
): Promise<Pick<Report, "outcome" | "digest" | "instance" | "requirements" | "absence">> {
  const sources = openSources({
    environment,
    registriesConf: flags.registriesConf,
    registriesD: flags.registriesD,
    authfile: flags.authfile,
  });
  try {
    const ports = { sources: sources.imageSources(), trustFiles: sources.trustFiles, clock: Date };
    const answer = await verifyImage({ image: dockerImage(image), policy, platform }, ports, signal);
    const { verdict, digest, instance } = answer;
    const unsigned = verdict.requirements.some((one) => one.outcome === "failed" && wantsAttachment(one));
    const absence = unsigned
      ? {
          tag: `${(instance ?? digest).replace(":", "-")}.sig`,
          searched: await sources.looksForAttachments(image),
        }
      : undefined;
    const known = { digest, instance, requirements: verdict.requirements, absence };
    if (verdict.allowed) return { ...known, outcome: { decision: "allowed" } };
    const message = explainRejection(answer);
    return { ...known, outcome: { decision: "denied", code: denialCode(verdict), message } };
  } finally {
    await sources.close();
  }
}

function wantsAttachment({ requirement, signatures }: RequirementResult): boolean {
  return requirement.type === "sigstoreSigned" && signatures.length === 0;
}

function homeOf({ environment }: Terminal): string {
  return environment["HOME"] || homedir();
}
