import type { Reader } from "../values/strict-object.ts";
import { recordOf } from "../values/strict-record.ts";
import { listOf, readFlag, readText } from "../values/strict-value.ts";
import type {
  IdentitySpec,
  KeylessSpec,
  KeylessTrustSpec,
  KeyReference,
  TextMatchSpec,
} from "./authority-spec.ts";
import { readCertificateRef } from "./parse-key-spec.ts";
import { withOnlyOne } from "./spec-readers.ts";

const readIdentityParts: Reader<IdentitySpec> = (json, path, report) => {
  const fields = recordOf(
    {},
    { issuer: readText, issuerRegExp: readText, subject: readText, subjectRegExp: readText },
  )(json, path, report);
  if (fields === undefined) return undefined;
  const issuer = textMatch(fields.issuer, fields.issuerRegExp);
  const subject = textMatch(fields.subject, fields.subjectRegExp);
  return issuer && subject && { issuer, subject };
};

const readIdentity = withOnlyOne(
  ["issuer", "issuerRegExp"],
  withOnlyOne(["subject", "subjectRegExp"], readIdentityParts),
);

function textMatch(text: string | undefined, pattern: string | undefined): TextMatchSpec | undefined {
  if (text) return { type: "exact", text };
  return pattern ? { type: "pattern", source: pattern } : undefined;
}

const readMembers = recordOf(
  { identities: listOf(readIdentity) },
  {
    url: readText,
    "ca-cert": readCertificateRef,
    trustRootRef: readText,
    insecureIgnoreSCT: readFlag,
  },
);

/** Source: clusterimagepolicy_validation.go, KeylessRef.Validate; _defaults.go gives it the public Fulcio's address. */
export const readKeyless: Reader<Pick<KeylessSpec, "trust" | "identities" | "ignoresSct">> = (
  json,
  path,
  report,
) => {
  const fields = readMembers(json, path, report);
  if (fields === undefined) return undefined;
  const certificate = fields["ca-cert"];
  const [first, ...others] = fields.identities;
  if (fields.url && certificate !== undefined) report(path, "only one of url, ca-cert can be given");
  if (first === undefined) report(`${path}.identities`, "at least one identity is expected");
  if ((fields.url && certificate !== undefined) || first === undefined) return undefined;
  return {
    trust: trust(fields.trustRootRef, certificate),
    identities: [first, ...others],
    ignoresSct: fields.insecureIgnoreSCT ?? false,
  };
};

function trust(trustRootRef: string | undefined, certificate: KeyReference | undefined): KeylessTrustSpec {
  // upstream can verify by none, whatever stands beside it; the TrustRoot's own CAs are not the one that is named
  if (certificate !== undefined) return { type: "certificate", key: certificate };
  return trustRootRef ? { type: "trustRoot", name: trustRootRef } : { type: "public" };
}
