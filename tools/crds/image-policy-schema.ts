import { authoritySchema } from "./authority-schema.ts";
import { admissionPolicySchema } from "./policy-text-schema.ts";
import { list, object, type Rule, type Schema, text, words } from "./schema.ts";

const globIsValid: Rule = {
  rule: "self.glob.matches('^[a-zA-Z0-9_:/*.@-]+$')",
  message: "glob: only letters, digits and - _ : / * . @ can be in one",
};

const image = object(
  "Images by their names.",
  {
    glob: text(
      "`*` is any text without /, `**` any text. The name that is matched ends with the digest: name@sha256:….",
      1024,
      { minLength: 1 },
    ),
  },
  { required: ["glob"], rules: [globIsValid] },
);

const aboutValues = "self.operator in ['In', 'NotIn']";
const expression = object(
  "One demand on a label.",
  {
    key: text("The label's key.", 317, { minLength: 1 }),
    operator: words("How its value is looked at.", "In", "NotIn", "Exists", "DoesNotExist"),
    values: list("The values, for In and NotIn.", 64, text("A value.", 63)),
  },
  {
    required: ["key", "operator"],
    rules: [
      {
        rule: `(${aboutValues}) == (has(self.values) && size(self.values) > 0)`,
        message: "In and NotIn need values, Exists and DoesNotExist have none",
      },
    ],
  },
);

const selector = object("Labels that the submitted object itself must have.", {
  matchLabels: {
    type: "object",
    description: "Labels and their values.",
    maxProperties: 64,
    additionalProperties: text("A value.", 63),
  },
  matchExpressions: list("All of them must hold.", 64, expression),
});

const match = object(
  "Objects of one kind. All three of group, version and resource must be equal.",
  {
    group: text('The group; "" is the core group.', 253),
    version: text("The version; * is any.", 63),
    resource: words(
      "The kind, in the plural.",
      "",
      "pods",
      "replicasets",
      "deployments",
      "statefulsets",
      "daemonsets",
      "jobs",
      "cronjobs",
    ),
    selector,
  },
  {
    rules: [
      {
        rule: "!has(self.selector) || (has(self.group) && self.group != '') || (has(self.version) && self.version != '') || (has(self.resource) && self.resource != '')",
        message: "a selector needs a resource, a version or a group beside it",
      },
    ],
  },
);

/** Of ClusterImagePolicy, and of ImagePolicy, which says the same within a namespace. */
export const imagePolicySpec: Schema = object(
  "Whose signatures images must carry.",
  {
    images: list("Which images: any of these.", 256, image, { minItems: 1 }),
    authorities: list("Who may vouch: any one of them suffices.", 64, authoritySchema, { minItems: 1 }),
    policy: admissionPolicySchema,
    mode: words(
      "enforce if it is left out; warn lets everything in and says what would have been refused.",
      "enforce",
      "warn",
    ),
    match: list("Only for objects that one of these describes; for all, if there is none.", 64, match),
  },
  { required: ["images", "authorities"] },
);
