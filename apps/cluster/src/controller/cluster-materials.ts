import type { KeyReference } from "@countersign/engine/cluster/authority-spec";
import type { Material, Materials, TrustedRootMaterial } from "@countersign/engine/cluster/materials";
import type { PolicyTextSource } from "@countersign/engine/cluster/statement-policy-spec";
import type { SigstoreKeys } from "@countersign/engine/cluster/trust-root-resource";
import { printTrustedRoot } from "@countersign/engine/cluster/trusted-root-json";
import { parsePublicKeyPem } from "@countersign/engine/signature/public-key-pem";
import { CountersignError } from "@countersign/engine/values/error";
import { configMaps, secrets } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { isRecord } from "../kube/parse-object.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import { trustRoots } from "./policy-kinds.ts";
import { readPolicyObject } from "./read-policy-object.ts";
import type { RepositorySpec } from "./read-repository-root.ts";

/** What is not in the cluster and was fetched from elsewhere, if it could be. */
export interface FetchedMaterials {
  kmsKey(uri: string): Material<string>;
  remoteText(url: string, sha256: string): Material<string>;
  /** of a TrustRoot that carries a whole repository */
  repositoryRoot(name: string, spec: RepositorySpec): Material<TrustedRootMaterial>;
  readonly publicRoot: Material<TrustedRootMaterial>;
}

/** Looks up what policies refer to, in the controller's own namespace alone. */
export function clusterMaterials(
  objects: ClusterObjects,
  namespace: string,
  fetched: FetchedMaterials,
): Materials {
  return {
    namespace,
    publicRoot: fetched.publicRoot,
    key: (reference) =>
      reference.type === "kms" ? fetched.kmsKey(reference.uri) : secretKey(reference, objects, namespace),
    trustRoot: trustRootFinder(objects, fetched),
    policyText: (source) => policyText(source, objects, namespace, fetched),
  };
}

function missing(why: string): { readonly type: "missing"; readonly why: string } {
  return { type: "missing", why };
}

/** Upstream's rule: a Secret with a key has one entry, whatever it is called. */
function secretKey(
  { name }: Extract<KeyReference, { readonly type: "secret" }>,
  objects: ClusterObjects,
  namespace: string,
): Material<string> {
  const secret = objects.find(secrets, name, namespace);
  if (secret === undefined) return missing(`there is no Secret ${name} in namespace ${namespace}`);
  const entries = isRecord(secret.data) ? Object.values(secret.data) : [];
  const [value] = entries;
  if (entries.length !== 1 || typeof value !== "string") {
    return missing(
      `the Secret ${name} must have exactly one entry, the public key; it has ${entries.length}`,
    );
  }
  const pem = Buffer.from(value, "base64");
  try {
    parsePublicKeyPem(pem);
  } catch {
    return missing(`the entry of the Secret ${name} is no public key in PEM`);
  }
  return { type: "found", value: pem.toString() };
}

/** A TrustRoot as it was read once: it may be large, and many policies may name it. */
type ReadTrustRoot =
  | { readonly type: "ready"; readonly material: Material<TrustedRootMaterial> }
  | { readonly type: "repository"; readonly spec: RepositorySpec };

function trustRootFinder(
  objects: ClusterObjects,
  fetched: FetchedMaterials,
): (name: string) => Material<TrustedRootMaterial> {
  const known = new WeakMap<ApiObject, ReadTrustRoot>();
  return (name) => {
    const object = objects.find(trustRoots, name);
    if (object === undefined) return missing(`there is no TrustRoot ${name}`);
    const read = known.get(object) ?? readTrustRoot(name, object);
    known.set(object, read);
    if (read.type === "ready") return read.material;
    const root = fetched.repositoryRoot(name, read.spec);
    return root.type === "found" ? root : missing(`the TrustRoot ${name}: ${root.why}`);
  };
}

function readTrustRoot(name: string, object: ApiObject): ReadTrustRoot {
  const ready = (material: Material<TrustedRootMaterial>) => ({ type: "ready", material }) as const;
  const faults: string[] = [];
  const read = readPolicyObject(object, (path, message) => faults.push(`${path}: ${message}`));
  if (read?.type !== "trustRoot") {
    return ready(missing(`the TrustRoot ${name} is not valid: ${faults.join("; ")}`));
  }
  const { trust } = read;
  switch (trust.type) {
    case "keys":
      return ready(printed(name, trust));
    case "remote": {
      const { mirror, root, target } = trust;
      return ready({ type: "found", value: { type: "tuf", mirror, root, target } });
    }
    case "repository":
      return { type: "repository", spec: trust };
  }
}

function printed(name: string, keys: SigstoreKeys): Material<TrustedRootMaterial> {
  try {
    return { type: "found", value: { type: "text", json: printTrustedRoot(keys) } };
  } catch (error) {
    return missing(`the TrustRoot ${name}: ${CountersignError.from(error).message}`);
  }
}

function policyText(
  source: Exclude<PolicyTextSource, { readonly type: "inline" }>,
  objects: ClusterObjects,
  namespace: string,
  fetched: FetchedMaterials,
): Material<string> {
  if (source.type === "remote") return fetched.remoteText(source.url, source.sha256);
  const { name, key } = source;
  const map = objects.find(configMaps, name, namespace);
  if (map === undefined) return missing(`there is no ConfigMap ${name} in namespace ${namespace}`);
  const text = isRecord(map.data) ? map.data[key] : undefined;
  return typeof text === "string"
    ? { type: "found", value: text }
    : missing(`the ConfigMap ${name} has no entry ${key}`);
}
