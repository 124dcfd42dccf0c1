import { type ImageGlob, parseImageGlob } from "../policy/image-glob.ts";
import type { Json } from "../values/json.ts";
import type { Reader, Report } from "../values/strict-object.ts";
import { recordOf } from "../values/strict-record.ts";
import { listOf, readFlag, textAs } from "../values/strict-value.ts";
import type { AuthoritySpec } from "./authority-spec.ts";
import { readObjectMatch } from "./object-match.ts";
import { readAuthoritySpec } from "./parse-authority-spec.ts";
import type { AdmissionPolicySpec, ImagePolicyResource, ResourceIdentity } from "./policy-resource.ts";
import { oneOf, unlessEmpty } from "./spec-readers.ts";
import { policyTextMembers, readPolicyText, withPolicyText } from "./statement-policy-spec.ts";

const readImage = recordOf({ glob: textAs(parseImageGlob) }, {});

const includes = ["fetchConfigFile", "includeSpec", "includeObjectMeta", "includeTypeMeta"] as const;

const readAdmissionPolicy: Reader<AdmissionPolicySpec> = withPolicyText((json, path, report) => {
  const fields = recordOf(
    { type: oneOf("cue", "rego", "cel") },
    {
      ...policyTextMembers,
      fetchConfigFile: readFlag,
      includeSpec: readFlag,
      includeObjectMeta: readFlag,
      includeTypeMeta: readFlag,
    },
  )(json, path, report);
  const source = fields && readPolicyText(fields, path, report);
  if (fields === undefined || source === undefined) return undefined;
  return {
    statement: { language: fields.type, source },
    includes: includes.filter((name) => fields[name] === true),
  };
});

const readSpec = recordOf(
  { images: unlessEmpty("images", listOf(readImage)), authorities: readAuthorities },
  {
    mode: oneOf("enforce", "warn"),
    match: listOf(readObjectMatch),
    policy: readAdmissionPolicy,
  },
);

/**
 * Reads the `spec` of a ClusterImagePolicy or of this project's ImagePolicy. Every fault is reported with its path.
 * Source: policy-controller pkg/apis/policy/v1alpha1/clusterimagepolicy_validation.go; v1beta1 says the same.
 */
export function readImagePolicySpec(
  identity: ResourceIdentity,
  spec: Json,
  path: string,
  report: Report,
): ImagePolicyResource | undefined {
  const fields = readSpec(spec, path, report);
  if (fields === undefined) return undefined;
  const [glob, ...globs] = fields.images.map((image): ImageGlob => image.glob);
  if (glob === undefined) return undefined;
  const { authorities, policy, mode = "enforce", match = [] } = fields;
  return { identity, globs: [glob, ...globs], authorities, policy, mode, match };
}

/**
 * Upstream admits an image of a policy without authorities if it is configured to (fail-on-empty-authorities); a policy
 * that asks for nobody's signature by saying nothing is refused here, for it is said aloud by `static: {action: pass}`.
 */
function readAuthorities(
  json: Json,
  path: string,
  report: Report,
): readonly [AuthoritySpec, ...AuthoritySpec[]] | undefined {
  if (json.kind !== "array" || json.items.length === 0) {
    report(path, "at least one authority is expected; `static: {action: pass}` lets every image pass");
    return undefined;
  }
  const read = json.items.map((item, at) => readAuthoritySpec(at)(item, `${path}[${at}]`, report));
  const [first, ...others] = read.filter((authority) => authority !== undefined);
  if (first === undefined || others.length + 1 < read.length) return undefined;
  const names = [first, ...others].map(({ name }) => name);
  const twice = names.findIndex((name, at) => names.indexOf(name) < at);
  if (twice < 0) return [first, ...others];
  report(`${path}[${twice}].name`, `another authority is called ${names[twice]}`);
  return undefined;
}
