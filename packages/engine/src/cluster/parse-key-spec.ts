import { reasonOf } from "../signature/invalid.ts";
import { parsePublicKeyPem } from "../signature/public-key-pem.ts";
import { quote } from "../values/go-format.ts";
import type { Reader, Report } from "../values/strict-object.ts";
import { recordOf } from "../values/strict-record.ts";
import { readText } from "../values/strict-value.ts";
import type { KeyReference, KeySpec } from "./authority-spec.ts";
import { readMaterialText } from "./material-text.ts";
import { givenOf, oneOf, withOnlyOne } from "./spec-readers.ts";

const readMembers = recordOf(
  {},
  {
    data: readMaterialText,
    kms: readText,
    secretRef: recordOf({}, { name: readText, namespace: readText }),
    hashAlgorithm: oneOf("sha224", "sha256", "sha384", "sha512"),
  },
);

/** Source: clusterimagepolicy_validation.go, KeyRef.Validate. */
export const readKeyRef: Reader<Pick<KeySpec, "key" | "hashAlgorithm">> = withKey((json, path, report) => {
  const fields = readMembers(json, path, report);
  if (fields === undefined) return undefined;
  const { data = "", kms = "", secretRef, hashAlgorithm = "sha256" } = fields;
  switch (givenOf({ data: data || undefined, kms: kms || undefined, secretRef })) {
    case "data":
      return isKey(data, `${path}.data`, report)
        ? { key: { type: "inline", pem: data }, hashAlgorithm }
        : undefined;
    case "kms":
      return isKmsUri(kms, `${path}.kms`, report)
        ? { key: { type: "kms", uri: kms }, hashAlgorithm }
        : undefined;
    case "secretRef": {
      const key = secretRef && readSecret(secretRef, `${path}.secretRef`, report);
      return key && { key, hashAlgorithm };
    }
    default:
      return undefined;
  }
});

/** A CA's certificate is said as keys are; whether it is one shows when it is used. */
export const readCertificateRef: Reader<KeyReference> = withKey((json, path, report) => {
  const fields = readMembers(json, path, report);
  if (fields === undefined) return undefined;
  const { data = "", kms = "", secretRef } = fields;
  if (data !== "") return { type: "inline", pem: data };
  if (kms !== "") return { type: "kms", uri: kms };
  return secretRef && readSecret(secretRef, `${path}.secretRef`, report);
});

function withKey<T>(reader: Reader<T>): Reader<T> {
  return withOnlyOne(["data", "kms", "secretRef"], reader);
}

function readSecret(
  { name = "", namespace = "" }: { readonly name?: string; readonly namespace?: string },
  path: string,
  report: Report,
): KeyReference | undefined {
  if (name !== "") return { type: "secret", name, saidNamespace: namespace };
  report(path, "the Secret's name is missing");
  return undefined;
}

function isKey(pem: string, path: string, report: Report): boolean {
  try {
    parsePublicKeyPem(Buffer.from(pem));
    return true;
  } catch (caught) {
    const remedy = "give it as it is in its file, the line -----BEGIN PUBLIC KEY----- and those after it";
    report(path, `not a public key in PEM: ${reasonOf(caught)}; ${remedy}`);
    return false;
  }
}

/** Source: policy-controller pkg/apis/policy/common/validation.go, ValidateKMS. */
function isKmsUri(uri: string, path: string, report: Report): boolean {
  const [, scheme = "", rest = ""] = /^(awskms|gcpkms|azurekms|hashivault):\/\/(.+)$/.exec(uri) ?? [];
  if (scheme === "") {
    report(path, `${quote(uri)}: a key of awskms://, gcpkms://, azurekms:// or hashivault:// is expected`);
    return false;
  }
  if (scheme !== "awskms" || awsKey.test(rest)) return true;
  report(path, `${quote(uri)}: awskms://[HOST:PORT]/ARN is expected, the ARN of a key or an alias`);
  return false;
}

const uuid = "(?:mrk-?)?[A-Fa-f0-9]{8}-?(?:[A-Fa-f0-9]{4}-?){3}[A-Fa-f0-9]{12}";
const arn = "arn:(?:aws|aws-us-gov|aws-cn):kms:[a-z0-9-]+:\\d{12}:";
/** An id or an alias alone says no region, so upstream takes ARNs only, whatever its messages say. */
const awsKey = new RegExp(`^(?:[^/:]+:\\d+)?/${arn}(?:key/${uuid}|alias/.+)$`);
