import { exactlyOne, object, type Rule, type Schema, text, words } from "./schema.ts";

const uuid = "(mrk-?)?[A-Fa-f0-9]{8}-?([A-Fa-f0-9]{4}-?){3}[A-Fa-f0-9]{12}";

/** Only ARNs: an id or an alias alone needs a region, which is not said anywhere. */
const awsKey = `^awskms://([^/:]+:[0-9]+)?/arn:(aws|aws-us-gov|aws-cn):kms:[a-z0-9-]+:[0-9]{12}:(key/${uuid}|alias/.+)$`;

const isKms: Rule = {
  rule: `!has(self.kms) || self.kms == '' || self.kms.matches('^(awskms|gcpkms|azurekms|hashivault)://.+')`,
  message: "kms: a key of awskms://, gcpkms://, azurekms:// or hashivault:// is expected",
};
const isAwsArn: Rule = {
  rule: `!has(self.kms) || !self.kms.startsWith('awskms://') || self.kms.matches('${awsKey}')`,
  message: "kms: awskms://[HOST:PORT]/ARN is expected, the ARN of a key or an alias",
};

const secretRef = object(
  "A Secret with one entry, the key. It is read in the controller's own namespace.",
  {
    name: text("The Secret's name.", 253, { minLength: 1 }),
    namespace: text("May be left out; the controller's own namespace, if it is said.", 63),
  },
  { required: ["name"] },
);

function keyMembers(what: string): Readonly<Record<string, Schema>> {
  return {
    data: text(`${what}, in PEM.`, 65_536),
    secretRef,
    kms: text(`Where a key management service has it, such as hashivault://NAME.`, 2048),
    hashAlgorithm: words(
      "By which hash signatures are made; sha256 if it is left out.",
      "sha224",
      "sha256",
      "sha384",
      "sha512",
    ),
  };
}

export const keySchema = object("Whoever has the private key may vouch.", keyMembers("The public key"), {
  rules: [exactlyOne(["data", "kms"], ["secretRef"]), isKms, isAwsArn],
});

export const certificateSchema = object(
  "A certificate authority's certificate. Taken for the sake of manifests that have one; a TrustRoot also says when it holds, and can be verified by.",
  keyMembers("The certificate"),
  { rules: [exactlyOne(["data", "kms"], ["secretRef"]), isKms, isAwsArn] },
);
