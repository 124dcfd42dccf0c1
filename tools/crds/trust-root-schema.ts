import { exactlyOne, list, object, type Rule, type Schema, text, words } from "./schema.ts";

const root = text("The root.json that is trusted to begin with, in base64.", 1_048_576, {
  minLength: 1,
  format: "byte",
});
const targets = text("The directory of targets below the mirror.", 1024);
const trustedRootTarget = text("The target that has the keys; trusted_root.json if it is left out.", 253);

const authority = object(
  "A certificate authority, or a timestamp authority.",
  {
    subject: object("What its certificate says of it.", {
      organization: text("The organization.", 253),
      commonName: text("The name.", 253),
    }),
    uri: text("Its address.", 2048),
    certChain: text("Its certificates in PEM, the root last, in base64.", 262_144, {
      minLength: 1,
      format: "byte",
    }),
  },
  { required: ["uri", "certChain"] },
);

const log = object(
  "A transparency log.",
  {
    baseURL: text("Its address.", 2048),
    hashAlgorithm: words("The hash of its tree.", "sha256", "sha384", "sha512", "sha-256"),
    publicKey: text("Its key in PEM, in base64.", 65_536, { minLength: 1, format: "byte" }),
  },
  { required: ["baseURL", "hashAlgorithm", "publicKey"] },
);

const somebody: Rule = {
  rule: "(has(self.certificateAuthorities) && size(self.certificateAuthorities) > 0) || (has(self.timestampAuthorities) && size(self.timestampAuthorities) > 0)",
  message: "a certificate authority or a timestamp authority is expected",
};

export const trustRootSpec: Schema = object(
  "Whose certificates, logs and timestamps are believed: exactly one of remote, repository, sigstoreKeys.",
  {
    remote: object(
      "A repository of The Update Framework, fetched from a mirror.",
      {
        root,
        mirror: text("The mirror's address.", 2048, { pattern: "^https?://[^/]+" }),
        targets,
        trustedRootTarget,
      },
      { required: ["root", "mirror"] },
    ),
    repository: object(
      "Such a repository as a whole, for clusters that reach no mirror.",
      {
        root,
        mirrorFS: text("The repository as a tar.gz, in base64.", 2_097_152, { minLength: 1, format: "byte" }),
        targets,
        trustedRootTarget,
      },
      { required: ["root", "mirrorFS", "targets"] },
    ),
    sigstoreKeys: object(
      "The keys themselves.",
      {
        certificateAuthorities: list("Who gives certificates.", 32, authority),
        tLogs: list("Logs of signatures (Rekor).", 32, log),
        ctLogs: list("Logs of certificates.", 32, log),
        timestampAuthorities: list("Who says when something was signed.", 32, authority),
      },
      { rules: [somebody] },
    ),
  },
  { rules: [exactlyOne([], ["remote", "repository", "sigstoreKeys"])] },
);
