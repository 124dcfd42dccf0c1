import { CountersignError } from "../values/error.ts";
import { quote } from "../values/go-format.ts";
import { type NamedReference, parseNamedReference } from "../values/image-reference.ts";
import type { Reader, Report } from "../values/strict-object.ts";
import { recordOf } from "../values/strict-record.ts";
import { listOf, readText } from "../values/strict-value.ts";
import type {
  AttestationSpec,
  AuthoritySpec,
  SignatureSourceSpec,
  TransparencySpec,
} from "./authority-spec.ts";
import { readKeyRef } from "./parse-key-spec.ts";
import { readKeyless } from "./parse-keyless-spec.ts";
import { oneOf, withOnlyOne } from "./spec-readers.ts";
import { readStatementPolicySpec } from "./statement-policy-spec.ts";

const readStatic = recordOf({ action: oneOf("pass", "fail") }, { message: readText });
const readTransparency = recordOf({}, { url: readText, trustRootRef: readText });
const readTimestamp = recordOf({ trustRootRef: readText }, {});

const readAttestation: Reader<AttestationSpec> = (json, path, report) => {
  const fields = recordOf({ name: readText, predicateType: readText }, { policy: readStatementPolicySpec })(
    json,
    path,
    report,
  );
  if (fields === undefined) return undefined;
  const { name, predicateType, policy } = fields;
  if (name === "") report(`${path}.name`, "an attestation needs a name");
  if (predicateType === "") report(`${path}.predicateType`, "a predicate type is missing");
  return name !== "" && predicateType !== "" ? { name, predicateType, policy } : undefined;
};

const readSource: Reader<SignatureSourceSpec> = (json, path, report) => {
  const fields = recordOf(
    {},
    {
      oci: readText,
      tagPrefix: readText,
      signaturePullSecrets: listOf(recordOf({ name: readText }, {})),
    },
  )(json, path, report);
  if (fields === undefined) return undefined;
  const { oci = "", tagPrefix = "", signaturePullSecrets: secrets = [] } = fields;
  const repository = oci === "" ? undefined : readRepository(oci, `${path}.oci`, report);
  if (oci !== "" && repository === undefined) return undefined;
  if (!/^[\w.-]{0,63}$/.test(tagPrefix)) {
    report(`${path}.tagPrefix`, `${quote(tagPrefix)} cannot begin a tag`);
    return undefined;
  }
  return { repository, tagPrefix, pullSecrets: secrets.map(({ name }) => name) };
};

function readRepository(oci: string, path: string, report: Report): NamedReference | undefined {
  try {
    const named = parseNamedReference(oci);
    if (named.tag === undefined && named.digest === undefined) return named;
    report(path, `${quote(oci)}: a repository without tag and digest is expected`);
  } catch (error) {
    report(path, `${quote(oci)}: ${CountersignError.from(error).message}`);
  }
  return undefined;
}

const readMembers = recordOf(
  {},
  {
    name: readText,
    key: readKeyRef,
    keyless: readKeyless,
    static: readStatic,
    source: listOf(readSource),
    ctlog: readTransparency,
    attestations: listOf(readAttestation),
    rfc3161timestamp: readTimestamp,
    signatureFormat: oneOf("legacy", "bundle"),
  },
);

/** What a static authority, which looks at nothing, cannot have. */
const excludedByStatic = ["attestations", "source", "ctlog", "rfc3161timestamp"] as const;

/** Source: clusterimagepolicy_validation.go, Authority.Validate. */
export function readAuthoritySpec(position: number): Reader<AuthoritySpec> {
  return withOnlyOne(["key", "keyless", "static"], (json, path, report) => {
    const fields = readMembers(json, path, report);
    if (fields === undefined) return undefined;
    const { key, keyless, static: fixed, source: sources = [], ctlog } = fields;
    const name = fields.name || `authority-${position}`;
    if (fixed !== undefined) {
      const excluded = excludedByStatic.filter((member) => fields[member] !== undefined);
      for (const member of excluded) report(`${path}.${member}`, "a static authority has none");
      if (excluded.length > 0) return undefined;
      return { name, type: "static", action: fixed.action, message: fixed.message ?? "" };
    }
    if (sources.length > 1) {
      report(`${path}.source`, "only one source is supported");
      return undefined;
    }
    const verifying = {
      name,
      source: sources[0],
      ctlog: ctlog && transparency(ctlog),
      timestampRoot: fields.rfc3161timestamp?.trustRootRef,
      attestations: fields.attestations ?? [],
      format: fields.signatureFormat ?? "legacy",
    } as const;
    if (keyless !== undefined) return { ...verifying, type: "keyless", ...keyless };
    return key && { ...verifying, type: "key", ...key };
  });
}

function transparency({ trustRootRef = "" }: { readonly trustRootRef?: string }): TransparencySpec {
  return trustRootRef === "" ? { type: "public" } : { type: "trustRoot", name: trustRootRef };
}
