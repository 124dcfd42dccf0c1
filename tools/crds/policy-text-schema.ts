import { exactlyOne, flag, object, type Rule, type Schema, text, words } from "./schema.ts";

const languages = ["cue", "rego", "cel"] as const;

const members: Readonly<Record<string, Schema>> = {
  data: text("The policy itself.", 262_144),
  configMapRef: object(
    "A ConfigMap's entry that has it, in the controller's own namespace.",
    {
      name: text("The ConfigMap's name.", 253, { minLength: 1 }),
      key: text("The entry's name.", 253, { minLength: 1 }),
      namespace: text("Not looked at: it is the controller's own.", 63),
    },
    { required: ["name", "key"] },
  ),
  remote: object(
    "Where it is fetched from.",
    {
      url: text("An https URL.", 2048, { pattern: "^https://[^/]+" }),
      sha256sum: text("The SHA-256 of the text, in 64 hexadecimal digits.", 64, {
        pattern: "^[0-9a-f]{64}$",
      }),
    },
    { required: ["url", "sha256sum"] },
  ),
};

const includes = {
  fetchConfigFile: flag("Wants to see the image's configuration."),
  includeSpec: flag("Wants to see the submitted object's spec."),
  includeObjectMeta: flag("Wants to see the submitted object's metadata."),
  includeTypeMeta: flag("Wants to see the submitted object's kind."),
};

const oneSource = exactlyOne(["data"], ["configMapRef", "remote"]);

const includesNothing: Rule = {
  rule: Object.keys(includes)
    .map((name) => `!has(self.${name})`)
    .join(" && "),
  message: `${Object.keys(includes).join(", ")} belong to spec.policy: an attestation's policy sees its statement alone`,
};

/** Over one attestation's statement. */
export const statementPolicySchema = object(
  "What the attestation's statement must say.",
  {
    type: words(
      "The language. CUE and Rego have no engine here: an authority that asks for them accepts nothing.",
      ...languages,
    ),
    ...members,
    ...includes,
  },
  { required: ["type"], rules: [oneSource, includesNothing] },
);

/** Over what all authorities found. */
export const admissionPolicySchema = object(
  "Over what the authorities found. It is evaluated in no language: a policy that has it accepts no image. Ask it of an attestation instead, in CEL: authorities[].attestations[].policy.",
  { type: words("The language; none has an engine here.", ...languages), ...members, ...includes },
  { required: ["type"], rules: [oneSource] },
);
