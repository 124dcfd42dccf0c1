import { keySchema } from "./key-schema.ts";
import { keylessSchema } from "./keyless-schema.ts";
import { statementPolicySchema } from "./policy-text-schema.ts";
import { exactlyOne, list, object, type Rule, text, words } from "./schema.ts";

const staticSchema = object(
  "Looks at nothing: every image passes, or none does.",
  {
    action: words("What becomes of every image.", "pass", "fail"),
    message: text("What is said of an image that fails.", 4096),
  },
  { required: ["action"] },
);

const source = object("Where signatures are, if they are not beside the image.", {
  oci: text("The repository that has them.", 512),
  tagPrefix: text("What is put before the names of their tags.", 63, { pattern: "^[A-Za-z0-9_.-]*$" }),
  signaturePullSecrets: list(
    "Secrets with the credentials for it, in the workload's namespace.",
    32,
    object("A Secret.", { name: text("Its name.", 253, { minLength: 1 }) }, { required: ["name"] }),
  ),
});

const attestation = object(
  "A statement that somebody must have signed.",
  {
    name: text("What it is called in messages.", 253, { minLength: 1 }),
    predicateType: text("The predicate's type: a URI.", 2048, { minLength: 1 }),
    policy: statementPolicySchema,
  },
  { required: ["name", "predicateType"] },
);

const staticHasNone = ["attestations", "source", "ctlog", "rfc3161timestamp"].map(
  (name): Rule => ({
    rule: `!(has(self.static) && has(self.${name}))`,
    message: `a static authority looks at nothing, and has no ${name}`,
  }),
);

export const authoritySchema = object(
  "Somebody who may vouch for an image: exactly one of key, keyless, static.",
  {
    name: text("What it is called in messages; its position if it is left out.", 253),
    key: keySchema,
    keyless: keylessSchema,
    static: staticSchema,
    source: list("At most one place.", 1, source),
    ctlog: object("The transparency log (Rekor) that must have the signature.", {
      url: text("Its address.", 2048),
      trustRootRef: text("The TrustRoot that has its key.", 253),
    }),
    rfc3161timestamp: object(
      "A timestamp authority must say when it was signed.",
      { trustRootRef: text("The TrustRoot that has its certificates.", 253) },
      { required: ["trustRootRef"] },
    ),
    signatureFormat: words("legacy if it is left out.", "legacy", "bundle"),
    attestations: list(
      "What must be attested; signatures of the image itself are not looked for then.",
      64,
      attestation,
    ),
  },
  { rules: [exactlyOne([], ["key", "keyless", "static"]), ...staticHasNone] },
);
