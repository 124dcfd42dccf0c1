import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { secrets } from "../kube/api-kind.ts";
import { clusterMaterials } from "./cluster-materials.ts";
import { ClusterObjects } from "./cluster-objects.ts";

const pem = createSigningKey("release").publicKeyPem;
const missing = { type: "missing", why: "not here" } as const;

function key(entries: Readonly<Record<string, string>>) {
  const objects = new ClusterObjects();
  const data = Object.fromEntries(
    Object.entries(entries).map(([name, text]) => [name, Buffer.from(text).toString("base64")]),
  );
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { namespace: "system", name: "key" }, data };
  objects.apply(secrets, { type: "listed", objects: [secret] });
  const fetched = {
    publicRoot: missing,
    kmsKey: () => missing,
    remoteText: () => missing,
    repositoryRoot: () => missing,
  };
  return clusterMaterials(objects, "system", fetched).key({ type: "secret", saidNamespace: "", name: "key" });
}

describe("a Secret", () => {
  it("has the public key that policies refer to", () =>
    assert.deepEqual(key({ any: pem }), { type: "found", value: pem }));

  it("is of no use with anything else in it, and nothing of that is told or goes further", () => {
    const secret = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
    for (const text of [secret, "hunter2", pem.replace("PUBLIC", "PRIVATE")]) {
      assert.deepEqual(key({ any: text }), {
        type: "missing",
        why: "the entry of the Secret key is no public key in PEM",
      });
    }
  });
});
