import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultEmail, defaultOidcIssuer } from "@countersign/testkit/signing-kit/fulcio";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import fc from "fast-check";
import type { SigstoreTrust, TrustSource } from "../policy/policy.ts";
import { policySubject } from "../policy/policy-subject.ts";
import { parseCertificates } from "../signature/certificates-pem.ts";
import { cosignAnnotation } from "../signature/cosign-annotation.ts";
import { digestOf } from "../values/digest.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { decodeBase64 } from "../values/strict-base64.ts";
import { noEvidence } from "./evidence.ts";
import { judgeSigstoreSigned } from "./judge-sigstore.ts";
import type { SigstoreAttachment } from "./ports.ts";

const subject = policySubject(parseDockerImage("registry.example/app:1"));

const kit = createSigningKit();
const manifest = digestOf(Buffer.from("manifest"));
const image = { digest: manifest, reference: "registry.example/app" };
const inline = (text: string): TrustSource => ({ type: "inline", data: [Buffer.from(text)] });
const rekor = inline(kit.log.publicKeyPem);
const fulcio = { ca: inline(kit.fulcio.caPem), oidcIssuer: defaultOidcIssuer, subjectEmail: defaultEmail };
const key = kit.key("release");

const kinds: ReadonlyArray<readonly [name: string, trust: SigstoreTrust, signature: SigstoreAttachment]> = [
  ["key", { type: "keys", keys: inline(key.publicKeyPem), rekor: undefined }, kit.sign(key, image)],
  ["logged key", { type: "keys", keys: inline(key.publicKeyPem), rekor }, kit.signLogged(key, image)],
  ["keyless", { type: "fulcio", fulcio, rekor }, kit.signKeyless({}, image)],
];

function isAccepted(trust: SigstoreTrust, signature: SigstoreAttachment): boolean {
  const requirement = { type: "sigstoreSigned", trust, identity: { type: "matchRepository" } } as const;
  const evidence = { ...noEvidence, manifestDigest: manifest, signatures: [signature], now: kit.now };
  return judgeSigstoreSigned(requirement, subject, evidence).outcome === "satisfied";
}

interface Change {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  remove: fc.nat(3),
  insert: fc.oneof(
    fc.string({ maxLength: 3 }),
    fc.constantFrom('"', "\\", "{", "}", "\n", "=", "-----", "\0", "A"),
  ),
});
const changes = fc.array(change, { minLength: 1, maxLength: 3 });

function changed(text: string, all: readonly Change[]): string {
  return all.reduce((whole, { at, remove, insert }) => {
    const start = Math.floor(at * whole.length);
    return whole.slice(0, start) + insert + whole.slice(start + remove);
  }, text);
}

/** What an annotation means: text that differs may mean the same, and only then may it be accepted. */
const meanings: Readonly<Record<string, (text: string) => string>> = {
  [cosignAnnotation.signature]: (text) => Buffer.from(decodeBase64(text)).toString("hex"),
  [cosignAnnotation.certificate]: (text) =>
    parseCertificates(Buffer.from(text), 16)
      .map(({ raw }) => Buffer.from(raw).toString("hex"))
      .join(),
  [cosignAnnotation.bundle]: (text) => {
    const { SignedEntryTimestamp, Payload } = JSON.parse(text);
    const signature = Buffer.from(decodeBase64(SignedEntryTimestamp)).toString("hex");
    return JSON.stringify([signature, Object.entries(Payload).sort()]);
  },
  // whoever is in between is not believed
  [cosignAnnotation.chain]: () => "",
};

describe("changed text never makes another signature count", () => {
  for (const [name, trust, signature] of kinds) {
    it(`${name}, before anything is changed, counts`, () => assert.ok(isAccepted(trust, signature)));
    for (const [annotation, text] of signature.annotations) {
      it(`${name}: ${annotation}`, () => {
        const meaning = meanings[annotation];
        assert.ok(meaning);
        fc.assert(
          fc.property(changes, (all) => {
            const tampered = changed(text, all);
            const annotations = new Map(signature.annotations).set(annotation, tampered);
            if (isAccepted(trust, { ...signature, annotations }))
              assert.equal(meaning(tampered), meaning(text));
          }),
          { numRuns: 300 },
        );
      });
    }
    it(`${name}: the payload`, () => {
      const text = Buffer.from(signature.payload).toString("latin1");
      fc.assert(
        fc.property(changes, (all) => {
          const payload = Buffer.from(changed(text, all), "latin1");
          fc.pre(!payload.equals(signature.payload));
          assert.equal(isAccepted(trust, { ...signature, payload }), false);
        }),
        { numRuns: 300 },
      );
    });
  }
});

describe("nonsense never counts, and never ends in an error", () => {
  for (const [name, trust, { payload }] of kinds) {
    it(name, () => {
      const annotations = fc.dictionary(fc.constantFrom(...Object.values(cosignAnnotation)), fc.string());
      fc.assert(
        fc.property(annotations, (texts) => {
          const signature = { annotations: new Map(Object.entries(texts)), payload };
          const nonsense = {
            type: "sigstore",
            mediaType: cosignType,
            location: "nonsense",
            ...signature,
          } as const;
          assert.equal(isAccepted(trust, nonsense), false);
        }),
        { numRuns: 200 },
      );
    });
  }
});

const cosignType = "application/vnd.dev.cosign.simplesigning.v1+json";
