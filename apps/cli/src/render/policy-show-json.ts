import type { ImageRule } from "@countersign/engine/policy/policy";
import type { Json } from "@countersign/engine/values/strict-json";
import type { PoliciesOverview } from "../policy-show/policies-overview.ts";
import type { PolicyForImage } from "../policy-show/policy-for-image.ts";
import { headJson, jsonText, policyJson } from "./json-parts.ts";
import { requirementWords } from "./requirement-words.ts";
import { fullName } from "./text.ts";

/** The `--output json` contract of `policy show IMAGE…`: an array with one object for each image. */
export function policiesForImagesToJson(shown: readonly PolicyForImage[]): string {
  return jsonText(
    shown.map(({ written, image, namespace, policy, line, requirements, asWritten, signaturePlaces }) => ({
      image: written,
      namespace,
      reference: fullName(image),
      policy: { ...policyJson(policy), line, digest: policy.digest },
      requirements: requirements.map((requirement, at) => ({
        ...headJson(requirement),
        words: requirementWords(requirement),
        written: plain(asWritten[at]),
      })),
      signaturePlaces,
    })),
  );
}

/** The same of `policy show`: the policies there are. */
export function overviewToJson({ policies, neverRead }: PoliciesOverview): string {
  return jsonText({
    policies: policies.map(({ namespace, file, policy, fault }) => ({
      namespace,
      file,
      digest: policy?.digest,
      default: policy?.default.map(requirementWords),
      scopes:
        policy &&
        Object.fromEntries([...policy.transports].map(([name, scopes]) => [name, [...scopes.keys()]])),
      images: policy?.images.map(ruleJson),
      code: fault?.code ?? "",
      message: fault?.message ?? "",
    })),
    neverRead,
  });
}

function ruleJson(rule: ImageRule): object {
  const { name } = rule;
  return rule.type === "globs"
    ? { name, globs: rule.globs.map(({ source }) => source) }
    : { name, scopes: [...rule.scopes] };
}

/** JSON of a policy as JavaScript has it: there, no name comes twice. */
export function plain(json: Json | undefined): unknown {
  switch (json?.kind) {
    case "array":
      return json.items.map(plain);
    case "object":
      return Object.fromEntries(json.members.map(([name, value]) => [name, plain(value)]));
    case "number":
      return Number(json.text);
    case "string":
    case "boolean":
      return json.value;
    default:
      return null;
  }
}
