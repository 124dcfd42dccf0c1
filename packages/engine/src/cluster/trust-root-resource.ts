import type { Json } from "../values/json.ts";
import { decodeBase64 } from "../values/strict-base64.ts";
import type { Report } from "../values/strict-object.ts";
import { recordOf } from "../values/strict-record.ts";
import { listOf, readText, textAs } from "../values/strict-value.ts";
import type { ResourceIdentity } from "./policy-resource.ts";
import { oneOf, onlyOne } from "./spec-readers.ts";
import { readCertificateChain, readLogKey, readLogUrl, readTufRoot } from "./trust-root-material.ts";

/**
 * policy.sigstore.dev/v1alpha1 TrustRoot: whose certificates, logs and timestamps are believed.
 * Source: policy-controller pkg/apis/policy/v1alpha1/trustroot_types.go.
 */
export interface TrustRootResource {
  readonly identity: ResourceIdentity;
  readonly trust: TrustRootSpec;
}

export type TrustRootSpec =
  /** The Update Framework, fetched from a mirror */
  | (UpdateFramework & { readonly type: "remote"; readonly mirror: string })
  /** the same, all of it in a tar.gz */
  | (UpdateFramework & { readonly type: "repository"; readonly archive: Uint8Array })
  | ({ readonly type: "keys" } & SigstoreKeys);

interface UpdateFramework {
  /** the root.json that is trusted to begin with */
  readonly root: Uint8Array;
  readonly targets: string;
  readonly target: string;
}

export interface SigstoreKeys {
  readonly certificateAuthorities: readonly AuthorityCertificates[];
  readonly transparencyLogs: readonly LogKey[];
  readonly certificateLogs: readonly LogKey[];
  readonly timestampAuthorities: readonly AuthorityCertificates[];
}

export interface AuthorityCertificates {
  readonly organization: string;
  readonly commonName: string;
  readonly uri: string;
  /** PEM, the root last */
  readonly chain: Uint8Array;
}

export interface LogKey {
  readonly baseUrl: string;
  readonly hashAlgorithm: "sha256" | "sha384" | "sha512";
  /** PEM */
  readonly key: Uint8Array;
}

const bytes = textAs(decodeBase64);
const updateFramework = { targets: readText, trustedRootTarget: readText };
const authority = recordOf(
  { uri: readText, certChain: readCertificateChain },
  { subject: recordOf({}, { organization: readText, commonName: readText }) },
);
const log = recordOf(
  {
    baseURL: readLogUrl,
    publicKey: readLogKey,
    hashAlgorithm: oneOf("sha256", "sha384", "sha512", "sha-256"),
  },
  {},
);

const readSpec = recordOf(
  {},
  {
    remote: recordOf({ root: readTufRoot, mirror: textAs(httpsUrl) }, updateFramework),
    repository: recordOf(
      { root: readTufRoot, mirrorFS: bytes, targets: readText },
      { trustedRootTarget: readText },
    ),
    sigstoreKeys: recordOf(
      {},
      {
        certificateAuthorities: listOf(authority),
        tLogs: listOf(log),
        ctLogs: listOf(log),
        timestampAuthorities: listOf(authority),
      },
    ),
  },
);

/** Reads the `spec` of a TrustRoot; every fault is reported, where upstream's validator overwrites earlier ones. */
export function readTrustRootSpec(
  identity: ResourceIdentity,
  spec: Json,
  path: string,
  report: Report,
): TrustRootResource | undefined {
  const fields = readSpec(spec, path, report);
  if (fields === undefined) return undefined;
  const { remote, repository, sigstoreKeys } = fields;
  if (onlyOne({ remote, repository, sigstoreKeys }, path, report) === undefined) return undefined;
  if (remote !== undefined) {
    return { identity, trust: { type: "remote", mirror: remote.mirror, ...framework(remote) } };
  }
  if (repository !== undefined) {
    return {
      identity,
      trust: { type: "repository", archive: repository.mirrorFS, ...framework(repository) },
    };
  }
  const {
    certificateAuthorities = [],
    timestampAuthorities = [],
    tLogs = [],
    ctLogs = [],
  } = sigstoreKeys ?? {};
  if (certificateAuthorities.length + timestampAuthorities.length === 0) {
    report(`${path}.sigstoreKeys`, "a certificate authority or a timestamp authority is expected");
    return undefined;
  }
  return {
    identity,
    trust: {
      type: "keys",
      certificateAuthorities: certificateAuthorities.map(authorityOf),
      timestampAuthorities: timestampAuthorities.map(authorityOf),
      transparencyLogs: tLogs.map(logOf),
      certificateLogs: ctLogs.map(logOf),
    },
  };
}

function framework(fields: {
  readonly root: Uint8Array;
  readonly targets?: string;
  readonly trustedRootTarget?: string;
}): UpdateFramework {
  const { root, targets, trustedRootTarget } = fields;
  return { root, targets: targets || "targets", target: trustedRootTarget || "trusted_root.json" };
}

type AuthorityFields = NonNullable<ReturnType<typeof authority>>;

function authorityOf({ uri, certChain, subject }: AuthorityFields): AuthorityCertificates {
  const { organization = "", commonName = "" } = subject ?? {};
  return { organization, commonName, uri, chain: certChain };
}

function logOf({ baseURL, publicKey, hashAlgorithm }: NonNullable<ReturnType<typeof log>>): LogKey {
  return {
    baseUrl: baseURL,
    key: publicKey,
    hashAlgorithm: hashAlgorithm === "sha-256" ? "sha256" : hashAlgorithm,
  };
}

function httpsUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === "https:" || url?.protocol === "http:") return text.replace(/\/+$/, "");
  throw new TypeError("a URL is expected");
}
