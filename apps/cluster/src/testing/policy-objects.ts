import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { clusterImagePolicies, imagePolicies, trustRoots } from "../controller/policy-kinds.ts";
import { namespaces } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import type { ObjectStore } from "./api-server/object-store.ts";

/** Objects of a cluster with policies, as people apply them. */

export const publicKey: string = createSigningKey("release").publicKeyPem;

const authorities = [{ name: "release", key: { data: publicKey } }];

export function clusterPolicy(name: string, glob = `${name}.example/**`, spec: object = {}): ApiObject {
  return {
    apiVersion: "policy.sigstore.dev/v1alpha1",
    kind: "ClusterImagePolicy",
    metadata: { name },
    spec: { images: [{ glob }], authorities, ...spec },
  };
}

export function namespacePolicy(namespace: string, name: string, glob = `${name}.example/**`): ApiObject {
  return {
    apiVersion: "policy.countersign.dev/v1alpha1",
    kind: "ImagePolicy",
    metadata: { namespace, name },
    spec: { images: [{ glob }], authorities },
  };
}

export function namespaceObject(name: string): ApiObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

/** @param spec one of `remote`, `repository`, `sigstoreKeys` */
export function trustRootObject(name: string, spec: object): ApiObject {
  return { apiVersion: "policy.sigstore.dev/v1alpha1", kind: "TrustRoot", metadata: { name }, spec };
}

/** A TrustRoot of a Sigstore's own keys. */
export function sigstoreKeys(chainPem: string, more: object = {}): object {
  const certChain = Buffer.from(chainPem).toString("base64");
  return {
    sigstoreKeys: { certificateAuthorities: [{ uri: "https://fulcio.example", certChain }], ...more },
  };
}

/** A log of a TrustRoot. */
export function logKey(baseURL: string, hashAlgorithm: "sha256" | "sha384" | "sha512"): object {
  return { baseURL, hashAlgorithm, publicKey: Buffer.from(publicKey).toString("base64") };
}

const kinds = {
  ClusterImagePolicy: clusterImagePolicies,
  ImagePolicy: imagePolicies,
  Namespace: namespaces,
  TrustRoot: trustRoots,
};

/** Applies objects as `kubectl apply` does. */
export function apply(store: ObjectStore, ...objects: readonly ApiObject[]): void {
  for (const object of objects) {
    const kind = kinds[object.kind as keyof typeof kinds];
    const there = store.get(kind, object.metadata);
    if (there === undefined) store.create(kind, object);
    else store.replace(kind, { ...object, metadata: { ...there.metadata, ...object.metadata } }, "object");
  }
}
