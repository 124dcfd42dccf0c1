import type { Json } from "../values/json.ts";
import { decodeBase64 } from "../values/strict-base64.ts";
import type { Reader, Report } from "../values/strict-object.ts";
import { recordOf } from "../values/strict-record.ts";
import { listOf, readText, textAs } from "../values/strict-value.ts";
import { parseImageScope } from "./image-scope.ts";
import { materialText } from "./material-text.ts";
import type { ResourceIdentity } from "./policy-resource.ts";
import { oneOf, onlyOne, unlessEmpty } from "./spec-readers.ts";

/**
 * OpenShift's ClusterImagePolicy and ImagePolicy: by scopes of containers-policy.json(5) instead of globs.
 * Source: openshift/api config/v1/types_image_policy.go.
 */
export interface OpenShiftPolicyResource {
  readonly identity: ResourceIdentity;
  readonly scopes: readonly string[];
  readonly root: RootOfTrust;
  readonly signedIdentity: SignedIdentitySpec;
}

export type RootOfTrust =
  | { readonly type: "PublicKey"; readonly key: Uint8Array; readonly rekor: Uint8Array | undefined }
  | {
      readonly type: "FulcioCAWithRekor";
      readonly ca: Uint8Array;
      readonly rekor: Uint8Array;
      readonly oidcIssuer: string;
      readonly signedEmail: string;
    }
  | {
      readonly type: "PKI";
      readonly roots: Uint8Array;
      readonly intermediates: Uint8Array | undefined;
      readonly email: string | undefined;
      readonly hostname: string | undefined;
    };

export type SignedIdentitySpec =
  | { readonly type: "MatchRepoDigestOrExact" }
  | { readonly type: "MatchRepository" }
  | { readonly type: "ExactRepository"; readonly repository: string }
  | { readonly type: "RemapIdentity"; readonly prefix: string; readonly signedPrefix: string };

const bytes = materialText(textAs(decodeBase64));

const readRoot: Reader<RootOfTrust> = (json, path, report) => {
  const fields = recordOf(
    { policyType: oneOf("PublicKey", "FulcioCAWithRekor", "PKI") },
    {
      publicKey: recordOf({ keyData: bytes }, { rekorKeyData: bytes }),
      fulcioCAWithRekor: recordOf(
        {
          fulcioCAData: bytes,
          rekorKeyData: bytes,
          fulcioSubject: recordOf({ oidcIssuer: readText, signedEmail: readText }, {}),
        },
        {},
      ),
      pki: recordOf(
        {
          caRootsData: bytes,
          pkiCertificateSubject: recordOf({}, { email: readText, hostname: readText }),
        },
        { caIntermediatesData: bytes },
      ),
    },
  )(json, path, report);
  if (fields === undefined) return undefined;
  const { policyType, publicKey, fulcioCAWithRekor: fulcio, pki } = fields;
  const given = onlyOne({ publicKey, fulcioCAWithRekor: fulcio, pki }, path, report);
  if (given === undefined) return undefined;
  if (given.toLowerCase() !== policyType.toLowerCase()) {
    report(path, `policyType says ${policyType}, and ${given} is given`);
    return undefined;
  }
  if (publicKey) return { type: "PublicKey", key: publicKey.keyData, rekor: publicKey.rekorKeyData };
  if (fulcio) {
    const { fulcioCAData: ca, rekorKeyData: rekor, fulcioSubject } = fulcio;
    return { type: "FulcioCAWithRekor", ca, rekor, ...fulcioSubject };
  }
  if (pki === undefined) return undefined;
  const { email = "", hostname = "" } = pki.pkiCertificateSubject;
  if (email + hostname === "")
    report(`${path}.pki.pkiCertificateSubject`, "an email or a hostname is missing");
  if (email + hostname === "") return undefined;
  return {
    type: "PKI",
    roots: pki.caRootsData,
    intermediates: pki.caIntermediatesData,
    email: email || undefined,
    hostname: hostname || undefined,
  };
};

const readSignedIdentity: Reader<SignedIdentitySpec> = (json, path, report) => {
  const fields = recordOf(
    { matchPolicy: oneOf("MatchRepoDigestOrExact", "MatchRepository", "ExactRepository", "RemapIdentity") },
    {
      exactRepository: recordOf({ repository: readText }, {}),
      remapIdentity: recordOf({ prefix: readText, signedPrefix: readText }, {}),
    },
  )(json, path, report);
  if (fields === undefined) return undefined;
  const { matchPolicy: type, exactRepository, remapIdentity } = fields;
  if ((type === "ExactRepository") !== (exactRepository !== undefined)) {
    report(`${path}.exactRepository`, "it goes with matchPolicy ExactRepository, and with no other");
    return undefined;
  }
  if ((type === "RemapIdentity") !== (remapIdentity !== undefined)) {
    report(`${path}.remapIdentity`, "it goes with matchPolicy RemapIdentity, and with no other");
    return undefined;
  }
  if (exactRepository) return { type: "ExactRepository", ...exactRepository };
  if (remapIdentity) return { type: "RemapIdentity", ...remapIdentity };
  return { type } as SignedIdentitySpec;
};

const readSpec = recordOf(
  {
    scopes: unlessEmpty("scopes", listOf(textAs(parseImageScope))),
    policy: recordOf({ rootOfTrust: readRoot }, { signedIdentity: readSignedIdentity }),
  },
  {},
);

const maxScopes = 256;

/**
 * Bytes of keys and certificates, each once for each scope, as CRI-O's file has to say them: as much as can be published of
 * one policy when they are written in base64. A key of a kilobyte may have all the scopes there are.
 */
const maxRepeated = 512 * 1024;

export function readOpenShiftPolicySpec(
  identity: ResourceIdentity,
  spec: Json,
  path: string,
  report: Report,
): OpenShiftPolicyResource | undefined {
  const fields = readSpec(spec, path, report);
  if (fields === undefined) return undefined;
  if (fields.scopes.length > maxScopes) {
    report(`${path}.scopes`, `at most ${maxScopes} scopes are read`);
    return undefined;
  }
  const { rootOfTrust: root, signedIdentity = { type: "MatchRepoDigestOrExact" } } = fields.policy;
  const scopes = [...new Set(fields.scopes)];
  const repeated = scopes.length * sizeOf(root);
  if (repeated > maxRepeated) {
    const why = `${scopes.length} scopes, each with the ${sizeOf(root)} bytes of keys and certificates of rootOfTrust, come to ${repeated}, and at most ${maxRepeated} are read`;
    report(`${path}.scopes`, `${why}: name fewer or wider scopes, make several policies, or give less`);
    return undefined;
  }
  return { identity, scopes, root, signedIdentity };
}

function sizeOf(root: RootOfTrust): number {
  const parts = Object.values(root).map((part) => (part instanceof Uint8Array ? part.length : 0));
  return parts.reduce((sum, length) => sum + length, 0);
}
