import { sign } from "node:crypto";
import { Metadata, Root, Signature } from "@tufjs/models";
import { newKey } from "./tuf-repository.ts";

/** A root.json, signed, of a repository that nobody serves. */
export function createTufRoot(): Uint8Array {
  const { id, key, privateKey } = newKey();
  const root = new Root({
    ...{ version: 1, specVersion: "1.0.31", expires: "2126-01-01T00:00:00Z", consistentSnapshot: true },
  });
  for (const role of ["root", "timestamp", "snapshot", "targets"]) root.addKey(key, role);
  const metadata = new Metadata(root);
  metadata.sign((data) => new Signature({ keyID: id, sig: sign(null, data, privateKey).toString("hex") }));
  return Buffer.from(JSON.stringify(metadata.toJSON()));
}
