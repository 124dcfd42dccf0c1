import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAuthority } from "@countersign/testkit/signing-kit/certificate-authority";
import { alternativeNames } from "@countersign/testkit/signing-kit/certificate-profile";
import { parseCertificate } from "./certificate.ts";
import { verifyChain } from "./certificate-chain.ts";
import { certificatePool } from "./certificate-pool.ts";
import { certificateWork } from "./certificate-work.ts";
import { parseLeafCertificate } from "./leaf-certificate.ts";

const now = Date.UTC(2026, 5, 1) / 1000;
const names = { extensions: [alternativeNames([["email", "dev@example.com"]])] };
const ca = createAuthority({ name: "ca", now, kind: "p256" });
const impostor = createAuthority({ name: "ca", now, kind: "p384" });
const leaf = ca.issue({ ...names, profile: { notAfter: now + 60 } });
const otherLeaf = ca.issue(names);

const poolsOf = ({ root, intermediate }: typeof ca) => ({
  roots: certificatePool([parseCertificate(root.der)]),
  intermediates: certificatePool([parseCertificate(intermediate.der)]),
});
const genuine = poolsOf(ca);
const forged = poolsOf(impostor);
const parsed = parseLeafCertificate(leaf.pem, certificateWork());

function verify(pools: typeof genuine, seconds: number): void {
  verifyChain(parsed, { ...pools, seconds, work: certificateWork() });
}

describe("a certificate whose signature was verified before", () => {
  it("is still refused when its time is over, and accepted as long as it is not", () => {
    verify(genuine, now);
    assert.throws(() => verify(genuine, now + 61), {
      message: /certificate has expired or is not yet valid/,
    });
    verify(genuine, now + 60);
  });

  it("is still refused under another CA of the same name, whichever was asked first", () => {
    const refusal = { message: /^x509: certificate signed by unknown authority/ };
    assert.throws(() => verify(forged, now), refusal);
    verify(genuine, now);
    assert.throws(() => verify(forged, now), refusal);
  });

  it("does not vouch for another certificate of the same CA that was changed afterwards", () => {
    const der = Buffer.from(otherLeaf.der);
    der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
    verifyChain(parseCertificate(otherLeaf.der), { ...genuine, seconds: now, work: certificateWork() });
    assert.throws(() =>
      verifyChain(parseCertificate(der), { ...genuine, seconds: now, work: certificateWork() }),
    );
  });
});
