import assert from "node:assert/strict";
import { hash, X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { encodeDer, encodeOid } from "@countersign/engine/signature/der-write";
import { parseDigest } from "@countersign/engine/values/digest";
import { createSigningKey } from "../signing-kit/signing-key.ts";
import { type BundleJson, bundleBytes, bundleJson } from "../signing-kit/sigstore/bundle-json.ts";
import { certificateSigner } from "../signing-kit/sigstore/bundle-signer.ts";
import { imageSignature } from "../signing-kit/sigstore/in-toto-statement.ts";
import type { LogEntryJson } from "../signing-kit/sigstore/log-entry-json.ts";
import {
  base64,
  digestOf,
  envelopeJson,
  signEnvelope,
  signMessage,
} from "../signing-kit/sigstore/made-signature.ts";
import { createPocketSigstore } from "../signing-kit/sigstore/pocket-sigstore.ts";
import { verifyBySigstoreJs } from "../signing-kit/sigstore/sigstore-js.ts";
import { valueAt } from "./request-json.ts";
import { type SigstoreServers, startSigstore } from "./sigstore-servers.ts";

const sigstore = createPocketSigstore();
const key = createSigningKey("ephemeral");
const artifact = Buffer.from("artifact");
let servers: SigstoreServers;

before(async () => {
  servers = await startSigstore(sigstore);
});
after(() => servers.close());

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly body: Buffer;
}

async function post(
  address: string,
  path: string,
  body: string | Uint8Array,
  type = "application/json",
): Promise<Answer> {
  const response = await fetch(`http://${address}${path}`, {
    method: "POST",
    headers: { "content-type": type },
    body,
  });
  const location = response.headers.get("location");
  return { status: response.status, location, body: Buffer.from(await response.arrayBuffer()) };
}

const parsed = ({ body }: Answer): unknown => JSON.parse(body.toString());

/** Asks for a certificate, as Fulcio's clients do. */
function askFulcio(token: string, proof: Uint8Array, publicKey = key.publicKeyPem): Promise<Answer> {
  const publicKeyRequest = {
    publicKey: { algorithm: "ECDSA", content: publicKey },
    proofOfPossession: base64(proof),
  };
  const asked = { credentials: { oidcIdentityToken: token }, publicKeyRequest };
  return post(servers.fulcio.address, "/api/v2/signingCert", JSON.stringify(asked));
}

async function certificates(token: string, subject: string): Promise<readonly X509Certificate[]> {
  const answer = await askFulcio(token, key.sign(Buffer.from(subject)));
  assert.equal(answer.status, 200, answer.body.toString());
  const pems = valueAt(parsed(answer), "signedCertificateEmbeddedSct", "chain", "certificates");
  assert.ok(Array.isArray(pems));
  return pems.map((pem) => new X509Certificate(pem));
}

function verify(json: BundleJson): void {
  const bundle = bundleBytes(json);
  const demands = { logs: 1, timestamps: 1, scts: 1 };
  const { trustedRoot } = sigstore;
  verifyBySigstoreJs({ bundle, trustedRoot, artifact, key: undefined, demands });
}

async function signer() {
  const [leaf] = await certificates(servers.oidc.token(), "dev@example.com");
  assert.ok(leaf !== undefined);
  const { raw: der } = leaf;
  return certificateSigner({ der, pem: leaf.toString(), key, serial: Buffer.of(1), chainPem: "" });
}

const stamp = async (signature: Uint8Array) => {
  const artifactHash = hash("sha256", signature, "base64");
  const asked = JSON.stringify({ artifactHash, hashAlgorithm: "sha256" });
  return (await post(servers.timestampAuthority.address, "/api/v1/timestamp", asked)).body;
};

describe("the Fulcio server", () => {
  it("certifies the address in the token, below its CA", async () => {
    const [leaf, intermediate] = await certificates(servers.oidc.token(), "dev@example.com");
    assert.equal(leaf?.subjectAltName, "email:dev@example.com");
    assert.ok(intermediate && leaf?.verify(intermediate.publicKey));
    assert.equal(leaf?.publicKey.export({ type: "spki", format: "pem" }), key.publicKeyPem);
  });
  it("certifies a workload by its URI", async () => {
    const sub = "https://ci.example/workflow";
    const [leaf] = await certificates(servers.oidc.token({ sub, email: undefined }), sub);
    assert.equal(leaf?.subjectAltName, `URI:${sub}`);
  });
  const proof = key.sign(Buffer.from("dev@example.com"));
  const refused: ReadonlyArray<readonly [why: string, status: number, ask: () => Promise<Answer>]> = [
    ["no token", 401, () => askFulcio("", proof)],
    ["a token that somebody else signed", 401, () => askFulcio(servers.oidc.token({ signedBy: key }), proof)],
    ["a token for another service", 401, () => askFulcio(servers.oidc.token({ aud: "other" }), proof)],
    ["a token that is over", 401, () => askFulcio(servers.oidc.token({ exp: sigstore.now }), proof)],
    [
      "an address that nobody verified",
      401,
      () => askFulcio(servers.oidc.token({ email_verified: false }), proof),
    ],
    [
      "a proof by another key",
      400,
      () => askFulcio(servers.oidc.token(), createSigningKey("other").sign(Buffer.from("dev@example.com"))),
    ],
    [
      "a proof for somebody else",
      400,
      () => askFulcio(servers.oidc.token(), key.sign(Buffer.from("ceo@example.com"))),
    ],
    ["what is no key", 400, () => askFulcio(servers.oidc.token(), proof, "key")],
  ];
  for (const [why, status, ask] of refused) {
    it(`refuses ${why}`, async () => assert.equal((await ask()).status, status));
  }
});

describe("the Rekor servers", () => {
  const entries = "/api/v1/log/entries";
  const propose = (kind: string, spec: unknown) =>
    post(servers.rekor.address, entries, JSON.stringify({ apiVersion: "0.0.1", kind, spec }));
  const proposedMessage = (signature: Uint8Array, verifier: string) => ({
    data: { hash: { algorithm: "sha256", value: hash("sha256", artifact) } },
    signature: { content: base64(signature), publicKey: { content: base64(verifier) } },
  });

  /** An entry as a client makes it of version 1's answer. */
  function entryOf(answer: Answer): LogEntryJson {
    assert.equal(answer.status, 201, answer.body.toString());
    const [entry] = Object.values(parsed(answer) as Record<string, RekorAnswer>);
    assert.ok(entry !== undefined);
    const { apiVersion: version, kind } = JSON.parse(Buffer.from(entry.body, "base64").toString());
    const { inclusionProof, signedEntryTimestamp } = entry.verification;
    const fromHex = (hex: string) => Buffer.from(hex, "hex").toString("base64");
    return {
      logIndex: String(entry.logIndex),
      logId: { keyId: fromHex(entry.logID) },
      kindVersion: { kind, version },
      integratedTime: String(entry.integratedTime),
      inclusionPromise: { signedEntryTimestamp },
      inclusionProof: {
        logIndex: String(inclusionProof.logIndex),
        rootHash: fromHex(inclusionProof.rootHash),
        treeSize: String(inclusionProof.treeSize),
        hashes: inclusionProof.hashes.map(fromHex),
        checkpoint: { envelope: inclusionProof.checkpoint },
      },
      canonicalizedBody: entry.body,
    };
  }

  it("take a message's signature, so that sigstore-js accepts the bundle", async () => {
    const by = await signer();
    const made = signMessage(key, artifact);
    const entry = entryOf(await propose("hashedrekord", proposedMessage(made.signature, by.leaf.pem)));
    const timestamps = [await stamp(made.signature)];
    verify(bundleJson({ version: "0.3", made, signer: by, logEntries: [entry], timestamps }));
  });
  it("take an envelope, so that sigstore-js accepts the bundle", async () => {
    const by = await signer();
    const made = signEnvelope(key, imageSignature(parseDigest(`sha256:${"ab".repeat(32)}`)));
    const proposedContent = {
      envelope: Buffer.from(envelopeJson(made)).toString(),
      verifiers: [base64(by.leaf.pem)],
    };
    const entry = entryOf(await propose("dsse", { proposedContent }));
    verify(bundleJson({ version: "0.3", made, signer: by, logEntries: [entry], timestamps: [] }));
  });
  it("name the entry that they have already", async () => {
    const spec = proposedMessage(key.sign(artifact), key.publicKeyPem);
    const first = await propose("hashedrekord", spec);
    const second = await propose("hashedrekord", spec);
    assert.equal(first.status, 201);
    assert.equal(second.status, 409);
    assert.equal(second.location, first.location);
    const known = await fetch(`http://${servers.rekor.address}${second.location}`);
    assert.deepEqual(await known.json(), parsed(first));
  });
  it("refuse an envelope that the key has not signed", async () => {
    const made = { ...signEnvelope(key, artifact), payload: Buffer.from("another") };
    const envelope = Buffer.from(envelopeJson(made)).toString();
    const proposedContent = { envelope, verifiers: [base64(key.publicKeyPem)] };
    assert.equal((await propose("dsse", { proposedContent })).status, 400);
  });
  for (const [why, kind, spec] of [
    ["a kind that they do not know", "rpm", {}],
    ["a digest that is none", "hashedrekord", { data: { hash: { algorithm: "sha256", value: "00" } } }],
    ["what has no key", "hashedrekord", proposedMessage(key.sign(artifact), "key")],
  ] as const) {
    it(`refuse ${why}`, async () => assert.equal((await propose(kind, spec)).status, 400));
  }

  const proposeV2 = (asked: unknown) =>
    post(servers.rekorTiles.address, "/api/v2/log/entries", JSON.stringify(asked));

  for (const [what, made] of [
    ["a message's signature", signMessage(key, artifact)],
    ["an envelope's PAE", signEnvelope(key, artifact)],
  ] as const) {
    it(`of version 2 take ${what}, so that sigstore-js accepts the bundle`, async () => {
      const by = await signer();
      const verifier = {
        keyDetails: "PKIX_ECDSA_P256_SHA_256",
        x509Certificate: { rawBytes: base64(by.leaf.der) },
      };
      const signature = { content: base64(made.signature), verifier };
      const answer = await proposeV2({
        hashedRekordRequestV002: { digest: base64(digestOf(made)), signature },
      });
      assert.equal(answer.status, 201, answer.body.toString());
      const logEntries = [parsed(answer) as LogEntryJson];
      const timestamps = [await stamp(made.signature)];
      verify(bundleJson({ version: "0.3", made, signer: by, logEntries, timestamps }));
    });
  }
  it("of version 2 refuse an envelope", async () => {
    assert.equal((await proposeV2({ dsseRequestV002: {} })).status, 400);
  });
});

interface RekorAnswer {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly checkpoint: string;
      readonly hashes: readonly string[];
      readonly logIndex: number;
      readonly rootHash: string;
      readonly treeSize: number;
    };
  };
}

describe("the timestamp server", () => {
  it("stamps what is asked for in DER, with its certificate and the nonce", async () => {
    const made = signMessage(key, artifact);
    const algorithm = encodeDer(0x30, encodeOid("2.16.840.1.101.3.4.2.1"), Buffer.of(5, 0));
    const imprint = encodeDer(0x30, algorithm, encodeDer(0x04, hash("sha256", made.signature, "buffer")));
    const nonce = encodeDer(0x02, Buffer.from("1234", "hex"));
    const certReq = encodeDer(0x01, Buffer.of(0xff));
    const query = encodeDer(0x30, encodeDer(0x02, Buffer.of(1)), imprint, nonce, certReq);
    const { address } = servers.timestampAuthority;
    const answer = await post(address, "/api/v1/timestamp", query, "application/timestamp-query");
    assert.equal(answer.status, 201);
    assert.ok(answer.body.includes(nonce));
    assert.ok(answer.body.includes(Buffer.from(sigstore.timestampAuthority.leaf.der)));
  });
  it("refuses what is no question", async () => {
    assert.equal((await post(servers.timestampAuthority.address, "/api/v1/timestamp", "{}")).status, 400);
  });
});
