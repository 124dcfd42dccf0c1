import { createPublicKey, hash, verify, X509Certificate } from "node:crypto";
import { type FaultyServer, startFaultyServer } from "../registry/faulty-server.ts";
import { json, type RegistryAnswer } from "../registry/registry-answer.ts";
import { type EntryBody, entryBody } from "../signing-kit/sigstore/entry-body.ts";
import type { LogEntryJson } from "../signing-kit/sigstore/log-entry-json.ts";
import { base64, preAuthEncoding } from "../signing-kit/sigstore/made-signature.ts";
import { leafHash } from "../signing-kit/sigstore/merkle-tree.ts";
import type { Rekor } from "../signing-kit/sigstore/rekor.ts";
import { bytesAt, refusal, requestJson, textAt } from "./request-json.ts";

/** Rekor v1's `/api/v1/log/entries`: takes `hashedrekord` and `dsse` entries, each once. */
export function startRekorServer(rekor: Rekor): Promise<FaultyServer> {
  const taken = new Map<string, RegistryAnswer>();
  const entriesPath = "/api/v1/log/entries";

  const add = (asked: unknown): RegistryAnswer => {
    const body = bodyOf(asked);
    if (typeof body === "string") return refusal(400, `error processing entry: ${body}`);
    const uuid = Buffer.from(leafHash(body.bytes)).toString("hex");
    const location = `${entriesPath}/${uuid}`;
    if (taken.has(uuid)) {
      const message = `an equivalent entry already exists in the transparency log with UUID ${uuid}`;
      return { ...refusal(409, message), headers: { "content-type": "application/json", location } };
    }
    const entry = rekor.add(body);
    taken.set(uuid, json(200, { [uuid]: entryAnswer(entry) }));
    return json(201, { [uuid]: entryAnswer(entry) }, { location, etag: uuid });
  };

  return startFaultyServer(({ method, path, body }) => {
    if (method === "POST" && path === entriesPath) return add(requestJson(body));
    const known = taken.get(path.slice(entriesPath.length + 1));
    return known !== undefined && method === "GET" ? known : refusal(404, "entry not found");
  });
}

/** As Rekor v1 writes it: hexadecimal, and numbers where bundles have strings. */
export function entryAnswer({
  logIndex,
  logId,
  integratedTime,
  inclusionPromise,
  inclusionProof,
  ...entry
}: LogEntryJson) {
  return {
    body: entry.canonicalizedBody,
    integratedTime: Number(integratedTime),
    logID: hex(logId.keyId),
    logIndex: Number(logIndex),
    verification: {
      inclusionProof: {
        checkpoint: inclusionProof?.checkpoint.envelope,
        hashes: inclusionProof?.hashes.map(hex),
        logIndex: Number(inclusionProof?.logIndex),
        rootHash: hex(inclusionProof?.rootHash ?? ""),
        treeSize: Number(inclusionProof?.treeSize),
      },
      signedEntryTimestamp: inclusionPromise?.signedEntryTimestamp,
    },
  };
}

/** What becomes of a proposed entry, or why it is refused. */
function bodyOf(asked: unknown): EntryBody | string {
  const kind = textAt(asked, "kind");
  if (textAt(asked, "apiVersion") !== "0.0.1") return "unsupported version";
  if (kind === "hashedrekord") return hashedrekordBody(asked);
  if (kind === "dsse") return dsseBody(asked);
  return `unsupported entry kind ${JSON.stringify(kind)}`;
}

/** The signature itself is not verified: that would want it over a digest, which node:crypto has not. */
function hashedrekordBody(asked: unknown): EntryBody | string {
  const algorithm = textAt(asked, "spec", "data", "hash", "algorithm");
  const value = textAt(asked, "spec", "data", "hash", "value");
  const lengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
  if (lengths[algorithm] !== value.length) return "invalid value for hash";
  const verifier = bytesAt(asked, "spec", "signature", "publicKey", "content");
  if (keyOf(verifier) === undefined) return "invalid public key";
  const content = textAt(asked, "spec", "signature", "content");
  if (content === "") return "missing signature";
  return entryBody("hashedrekord", "0.0.1", {
    data: { hash: { algorithm, value } },
    signature: { content, publicKey: { content: base64(verifier) } },
  });
}

function dsseBody(asked: unknown): EntryBody | string {
  const text = textAt(asked, "spec", "proposedContent", "envelope");
  const verifier = bytesAt(asked, "spec", "proposedContent", "verifiers", 0);
  const envelope = requestJson(text);
  const payload = bytesAt(envelope, "payload");
  const signature = bytesAt(envelope, "signatures", 0, "sig");
  const key = keyOf(verifier);
  if (key === undefined) return "invalid public key";
  const signed = preAuthEncoding(textAt(envelope, "payloadType"), payload);
  const algorithm = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  if (!verify(algorithm, signed, key, signature))
    return "could not verify envelope: accepted signatures do not match";
  return entryBody("dsse", "0.0.1", {
    envelopeHash: { algorithm: "sha256", value: hash("sha256", text) },
    payloadHash: { algorithm: "sha256", value: hash("sha256", payload) },
    signatures: [{ signature: base64(signature), verifier: base64(verifier) }],
  });
}

/** Of a key's or a certificate's PEM. */
function keyOf(pem: Buffer) {
  try {
    return pem.includes("BEGIN CERTIFICATE") ? new X509Certificate(pem).publicKey : createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function hex(text: string): string {
  return Buffer.from(text, "base64").toString("hex");
}
