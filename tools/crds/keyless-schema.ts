import { certificateSchema } from "./key-schema.ts";
import { exactlyOne, flag, list, object, type Rule, text } from "./schema.ts";

/** Evaluating it on anything fails where it is no regular expression, and that fails the rule. */
function isPattern(name: string): Rule {
  return {
    rule: `!has(self.${name}) || ''.matches(self.${name}) in [true, false]`,
    message: `${name}: no regular expression (RE2)`,
  };
}

const identity = object(
  "Who may sign: an issuer, and a subject that it vouches for.",
  {
    issuer: text("The OIDC issuer, exactly.", 2048),
    issuerRegExp: text("A regular expression (RE2) that is found somewhere in the issuer.", 1024),
    subject: text("A name in the certificate, exactly.", 2048),
    subjectRegExp: text(
      "A regular expression (RE2) that is found somewhere in one of the certificate's names.",
      1024,
    ),
  },
  {
    rules: [
      exactlyOne(["issuer", "issuerRegExp"]),
      exactlyOne(["subject", "subjectRegExp"]),
      isPattern("issuerRegExp"),
      isPattern("subjectRegExp"),
    ],
  },
);

export const keylessSchema = object(
  "Whoever a certificate authority gave a short-lived certificate may vouch.",
  {
    url: text("The certificate authority's address, https://fulcio.sigstore.dev if nothing is said.", 2048),
    "ca-cert": certificateSchema,
    trustRootRef: text("The TrustRoot that has the certificate authority and the logs.", 253),
    insecureIgnoreSCT: flag("Takes certificates that no certificate transparency log has."),
    identities: list("Any one of them suffices.", 100, identity, { minItems: 1 }),
  },
  {
    required: ["identities"],
    rules: [
      {
        rule: "!(has(self.url) && self.url != '' && has(self.ca__dash__cert))",
        message: "only one of url, ca-cert can be given",
      },
    ],
  },
);
