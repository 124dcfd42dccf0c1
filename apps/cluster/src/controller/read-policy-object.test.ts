import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ApiObject } from "../kube/api-object.ts";
import { readPolicyObject } from "./read-policy-object.ts";

/** So deep that nobody reads it. */
function nested(depth: number): object {
  let value: object = {};
  for (let level = 0; level < depth; level++) value = { "f:a": value };
  return value;
}

const policy = (metadata: object, spec: object = {}): ApiObject => ({
  apiVersion: "policy.countersign.dev/v1alpha1",
  kind: "ImagePolicy",
  metadata: { namespace: "shop", name: "own", ...metadata },
  spec: { images: [{ glob: "**" }], authorities: [{ static: { action: "fail" } }], ...spec },
});

function read(object: ApiObject): readonly [type: string | undefined, faults: readonly string[]] {
  const faults: string[] = [];
  const resource = readPolicyObject(object, (path, message) => faults.push(`${path}: ${message}`));
  return [resource?.type, faults];
}

describe("a policy of the API server", () => {
  it("is read whatever its author wrote into metadata that is nobody's business", () => {
    // an API server keeps managedFields of any depth, from whoever may write the object
    const managedFields = [{ manager: "m", fieldsType: "FieldsV1", fieldsV1: { "f:spec": nested(5000) } }];
    assert.deepEqual(read(policy({ managedFields })), ["imagePolicy", []]);
  });

  it("is faulty when its spec is too deep, and nothing more comes of it", () => {
    assert.deepEqual(read(policy({}, { match: nested(100) })), [
      undefined,
      ["spec: nested more than 64 deep"],
    ]);
  });

  it("may not have members that are not known", () => {
    const [type, faults] = read({ ...policy({}), specs: {} });
    assert.equal(type, undefined);
    assert.match(faults.join(), /specs/);
  });
});
