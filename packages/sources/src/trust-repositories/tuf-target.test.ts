import assert from "node:assert/strict";
import { it } from "node:test";
import { newKey } from "@countersign/testkit/trust-repository/tuf-repository";
import { Metadata, Targets } from "@tufjs/models";
import { findTarget } from "./tuf-target.ts";

it("a target that only a delegation can have is not found, and the role is named", () => {
  const { id, key } = newKey();
  const role = { keyids: [id], threshold: 1, terminating: true, paths: ["keys.example/*"] };
  const targets = Targets.fromJSON({
    ...{ _type: "targets", version: 1, spec_version: "1.0.31", expires: "2126-01-01T00:00:00Z", targets: {} },
    delegations: { keys: { [id]: key.toJSON() }, roles: [{ name: "keys.example", ...role }] },
  });
  assert.throws(() => findTarget(new Metadata(targets), "keys.example/keys.json"), {
    code: "TRUST_REPOSITORY_UNUSABLE",
    message:
      'targets.json lists no "keys.example/keys.json", but nothing; what it delegates to "keys.example" is not looked into: a trusted root has to stand in targets.json itself',
  });
});
