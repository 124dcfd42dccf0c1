import { generateKeyPairSync } from "node:crypto";
import { encodeDer, encodeOid } from "@countersign/engine/signature/der-write";
import type { IssuedLeaf } from "@countersign/testkit/signing-kit/certificate-authority";
import type { CertificateProfile } from "@countersign/testkit/signing-kit/issue-certificate";
import {
  algorithmIdentifier,
  certificateOf,
  encodePem,
} from "@countersign/testkit/signing-kit/issue-certificate";
import type { KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import { fulcioLeaf, storeKeyless, trustingFulcio } from "../evidence/keyless.ts";
import { kit, stranger } from "../evidence/kit.ts";
import { named, type Rows, rowsOf } from "./table.ts";

/** Leaf certificates that say odd things of themselves. */
const profiles: Readonly<Record<string, Partial<CertificateProfile>>> = {
  "version 1": { version: 0, extensions: [] },
  "version 1 with extensions": { version: 0 },
  "version 2": { version: 1 },
  "version 4": { version: 3 },
  "serial zero": { serial: Buffer.from([0]) },
  "a serial of 21 octets": { serial: Buffer.alloc(21, 1) },
  "a serial with a leading zero": { serial: Buffer.from([0, 1]) },
  "an empty serial": { serial: Buffer.alloc(0) },
  "no extensions": { extensions: [] },
  "another issuer's name": { issuer: { commonName: "someone else" } },
  "no issuer's name": { issuer: {} },
  "its own name as issuer": { subject: { commonName: "x" }, issuer: { commonName: "x" } },
  "another algorithm inside": { innerAlgorithm: algorithm("1.2.840.10045.4.3.2") },
  "another algorithm outside": { outerAlgorithm: algorithm("1.2.840.10045.4.3.2") },
  "another algorithm in both places": {
    innerAlgorithm: algorithm("1.2.840.10045.4.3.2"),
    outerAlgorithm: algorithm("1.2.840.10045.4.3.2"),
  },
  "an unknown algorithm": { innerAlgorithm: algorithm("1.2.3.4"), outerAlgorithm: algorithm("1.2.3.4") },
  "the algorithm with a NULL": {
    innerAlgorithm: algorithm("1.2.840.10045.4.3.3", Buffer.from([5, 0])),
    outerAlgorithm: algorithm("1.2.840.10045.4.3.3", Buffer.from([5, 0])),
  },
  "times in seconds since 1950": {
    notBefore: Date.UTC(1950, 0, 1) / 1000,
    notAfter: Date.UTC(2049, 11, 31) / 1000,
  },
  "times after 2050": { notBefore: Date.UTC(2020, 0, 1) / 1000, notAfter: Date.UTC(2120, 0, 1) / 1000 },
  "no end (9999)": { notAfter: Date.UTC(9999, 11, 31, 23, 59, 59) / 1000 },
  "a GeneralizedTime before 2050": { notAfter: encodeDer(0x18, Buffer.from("20400101000000Z")) },
  "a time without seconds": { notAfter: encodeDer(0x17, Buffer.from("4001010000Z")) },
  "a time with an offset": { notAfter: encodeDer(0x17, Buffer.from("400101000000+0100")) },
  "a time with a fraction": { notAfter: encodeDer(0x18, Buffer.from("20400101000000.5Z")) },
  "a time that is none": { notAfter: encodeDer(0x17, Buffer.from("401301000000Z")) },
  "the 30th of February": { notAfter: encodeDer(0x17, Buffer.from("400230000000Z")) },
  "a time as a string": { notAfter: encodeDer(0x0c, Buffer.from("400101000000Z")) },
  "a leap second": { notAfter: encodeDer(0x17, Buffer.from("401231235960Z")) },
};

function algorithm(oid: string, parameters: Uint8Array = Buffer.alloc(0)): Uint8Array {
  return encodeDer(0x30, encodeOid(oid), parameters);
}

/** The leaf's PEM, spoilt after it was issued. */
const pems: Readonly<Record<string, (leaf: IssuedLeaf) => string>> = {
  untouched: ({ pem }) => pem,
  twice: ({ pem }) => pem + pem,
  "with the intermediate": ({ pem }) => pem + kit.fulcio.authority.intermediate.pem,
  "with text before": ({ pem }) => `x\n${pem}`,
  "with text after": ({ pem }) => `${pem}x`,
  "with an empty line after": ({ pem }) => `${pem}\n`,
  "without its last line end": ({ pem }) => pem.trimEnd(),
  "with Windows line ends": ({ pem }) => pem.replaceAll("\n", "\r\n"),
  "under another label": ({ pem }) => pem.replaceAll("CERTIFICATE", "X"),
  "with PEM headers": ({ pem }) => pem.replace("CERTIFICATE-----\n", "CERTIFICATE-----\na: b\n\n"),
  "in DER": ({ der }) => Buffer.from(der).toString("latin1"),
  "no PEM": () => "hello",
  "a key": () => stranger.publicKeyPem,
  "cut off": ({ der }) => encodePem("CERTIFICATE", der.subarray(0, -1)),
  "with a byte after its DER": ({ der }) => encodePem("CERTIFICATE", Buffer.concat([der, Buffer.from([0])])),
  "with its signature changed": ({ der }) => encodePem("CERTIFICATE", flipped(der, der.length - 1)),
  "with a byte of its content changed": ({ der }) => encodePem("CERTIFICATE", flipped(der, 200)),
  "an empty block": () => "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
  "of an empty sequence": () => encodePem("CERTIFICATE", Buffer.from("3000", "hex")),
  "of one byte": () => encodePem("CERTIFICATE", Buffer.from([0x30])),
  "of something else": () => encodePem("CERTIFICATE", stranger.spki),
};

function flipped(der: Uint8Array, at: number): Uint8Array {
  const changed = Buffer.from(der);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

const signerKinds: readonly KeyKind[] = ["p224", "p256", "p384", "p521", "rsa1024", "rsa2048", "ed25519"];

export const leafRows: Rows = {
  ...rowsOf(
    signerKinds.map((kind) => [`a ${kind} key`, kind] as const),
    (kind) => (site) => {
      storeKeyless(site, fulcioLeaf({ kind }));
      return trustingFulcio(site);
    },
  ),
  ...rowsOf(named("", profiles), (profile) => (site) => {
    storeKeyless(site, fulcioLeaf({ profile }));
    return trustingFulcio(site);
  }),
  ...rowsOf(named("PEM ", pems), (write) => (site) => {
    const leaf = fulcioLeaf();
    storeKeyless(site, { ...leaf, pem: write(leaf) });
    return trustingFulcio(site);
  }),
  ...rowsOf(
    (["secp256k1", "ed448", "x25519"] as const).map((kind) => [`a ${kind} key`, kind] as const),
    (kind) => (site) => {
      const { publicKey } =
        kind === "secp256k1"
          ? generateKeyPairSync("ec", { namedCurve: kind })
          : generateKeyPairSync(kind as "ed448");
      const spki = publicKey.export({ type: "spki", format: "der" });
      storeKeyless(site, fulcioLeaf({ profile: { spki } }));
      return trustingFulcio(site);
    },
  ),
  "a broken key": (site) => {
    storeKeyless(site, fulcioLeaf({ profile: { spki: encodeDer(0x30, Buffer.from([5, 0])) } }));
    return trustingFulcio(site);
  },
  "another certificate than the one that was logged": (site) => {
    const leaf = fulcioLeaf();
    const { pem } = certificateOf(fulcioLeaf({ email: "mallory@example.com" }).der);
    storeKeyless(site, leaf, (good) => ({
      ...good,
      annotations: new Map([...good.annotations, ["dev.sigstore.cosign/certificate", pem]]),
    }));
    return trustingFulcio(site);
  },
  "another key's signature": (site) => {
    const leaf = fulcioLeaf();
    storeKeyless(site, { ...leaf, key: stranger });
    return trustingFulcio(site);
  },
  "an algorithm that goes with another key": (site) => {
    const wrong = algorithmIdentifier(kit.key("x", "rsa2048"));
    storeKeyless(site, fulcioLeaf({ profile: { innerAlgorithm: wrong, outerAlgorithm: wrong } }));
    return trustingFulcio(site);
  },
};
