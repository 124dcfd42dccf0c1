import type {
  AuthorityCertificate,
  IssuedLeaf,
} from "@countersign/testkit/signing-kit/certificate-authority";
import { issueAuthority } from "@countersign/testkit/signing-kit/certificate-authority";
import {
  basicConstraints,
  type ExtensionProfile,
  extendedKeyUsage,
  keyUsage,
  nameConstraints,
  oid,
} from "@countersign/testkit/signing-kit/certificate-profile";
import type { CertificateProfile } from "@countersign/testkit/signing-kit/issue-certificate";
import type { KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import { fulcioLeaf, reissued, storeKeyless, trustingFulcio, withChain } from "../evidence/keyless.ts";
import { kit, today } from "../evidence/kit.ts";
import { inBase64 } from "../evidence/policies.ts";
import { named, type Rows, rowsOf } from "./table.ts";

const { root, intermediate } = kit.fulcio.authority;
const other = today.pki.intermediate;
const year = 365 * 24 * 3600;

/** What stands in the chain annotation; all but the last certificate may help. */
const chains: Readonly<Record<string, string>> = {
  "intermediate, root": intermediate.pem + root.pem,
  "root, intermediate": root.pem + intermediate.pem,
  "intermediate alone": intermediate.pem,
  "root alone": root.pem,
  "intermediate twice": intermediate.pem + intermediate.pem,
  "another, intermediate, root": other.pem + intermediate.pem + root.pem,
  "intermediate, another": intermediate.pem + other.pem,
  "another's chain": other.pem + today.pki.root.pem,
  "with text before": `x\n${intermediate.pem}${root.pem}`,
  "with text between": `${intermediate.pem}x\n${root.pem}`,
  "with text after": `${intermediate.pem}${root.pem}x`,
  "with white space after": `${intermediate.pem}${root.pem}\n \t\n`,
  "with Windows line ends": (intermediate.pem + root.pem).replaceAll("\n", "\r\n"),
  "under another label": (intermediate.pem + root.pem).replaceAll("CERTIFICATE", "X"),
  "with a key at its end": `${intermediate.pem}${kit.log.publicKeyPem}`,
  "with a broken certificate at its end": intermediate.pem + root.pem.replace("MII", "MIA"),
  "with a broken certificate first": intermediate.pem.replace("MII", "MIA") + root.pem,
  "that is no PEM": "hello",
  "that is white space": " \n",
};

/** Intermediates that say other things than the kit's. */
const intermediates: Readonly<Record<string, Partial<CertificateProfile>>> = {
  "expired then": { notBefore: kit.now - 2 * year, notAfter: kit.now - year },
  "not yet valid then": { notBefore: kit.now + year, notAfter: kit.now + 2 * year },
  "no CA": ca([basicConstraints(false), keyUsage(0x06)]),
  "no basic constraints": ca([keyUsage(0x06)]),
  "no key usage": ca([basicConstraints(true, 0)]),
  "key usage without signing certificates": ca([basicConstraints(true, 0), keyUsage(0x80)]),
  "no extensions": { extensions: [] },
  "version 1": { version: 0, extensions: [] },
  "no extended usage": ca([basicConstraints(true, 0), keyUsage(0x06)]),
  "another extended usage": ca([basicConstraints(true, 0), keyUsage(0x06), extendedKeyUsage(oid.serverAuth)]),
  "any extended usage": ca([basicConstraints(true, 0), keyUsage(0x06), extendedKeyUsage(oid.anyUsage)]),
  "an unknown critical extension": ca([
    basicConstraints(true, 0),
    keyUsage(0x06),
    { oid: "1.2.3.4", critical: true, value: Buffer.from([5, 0]) },
  ]),
  "a policy demanded": ca([
    basicConstraints(true, 0),
    keyUsage(0x06),
    { oid: "2.5.29.36", critical: true, value: Buffer.from("3003800100", "hex") },
  ]),
  "a negative path length": ca([
    { oid: "2.5.29.19", critical: true, value: Buffer.from("30060101ff0201ff", "hex") },
  ]),
  "permitted: the address's domain": constrained({ permitted: [["email", "example.com"]] }),
  "permitted: another domain": constrained({ permitted: [["email", "example.org"]] }),
  "permitted: the address": constrained({ permitted: [["email", "dev@example.com"]] }),
  "permitted: another address": constrained({ permitted: [["email", "eve@example.com"]] }),
  "permitted: subdomains": constrained({ permitted: [["email", ".example.com"]] }),
  "permitted: a DNS name": constrained({ permitted: [["dns", "example.org"]] }),
  "excluded: the address's domain": constrained({ excluded: [["email", "example.com"]] }),
  "excluded: another domain": constrained({ excluded: [["email", "example.org"]] }),
  "excluded: a DNS name": constrained({ excluded: [["dns", "example.com"]] }),
  "permitted: an IP range": constrained({ permitted: [["ip", Buffer.from([10, 0, 0, 0, 255, 0, 0, 0])]] }),
  "a broken IP range": constrained({ permitted: [["ip", Buffer.from([10, 0, 0, 0])]] }),
  "a broken domain": constrained({ permitted: [["dns", "a..b"]] }),
  "empty constraints": ca([
    basicConstraints(true),
    keyUsage(0x06),
    { oid: "2.5.29.30", critical: true, value: Buffer.from("3000", "hex") },
  ]),
};

function ca(extensions: readonly ExtensionProfile[]): Partial<CertificateProfile> {
  return { extensions };
}

function constrained(subtrees: Parameters<typeof nameConstraints>[0]): Partial<CertificateProfile> {
  return ca([basicConstraints(true, 0), keyUsage(0x06), nameConstraints(subtrees)]);
}

/** Roots that say other things than the kit's. */
const roots: Readonly<Record<string, Partial<CertificateProfile>>> = {
  "expired then": { notBefore: kit.now - 2 * year, notAfter: kit.now - year },
  "not yet valid then": { notBefore: kit.now + year, notAfter: kit.now + 2 * year },
  "no CA": ca([basicConstraints(false), keyUsage(0x06)]),
  "no extensions": { extensions: [] },
  "version 1": { version: 0, extensions: [] },
  "another extended usage": ca([basicConstraints(true), keyUsage(0x06), extendedKeyUsage(oid.serverAuth)]),
  "path length 0": ca([basicConstraints(true, 0), keyUsage(0x06)]),
  "path length 1": ca([basicConstraints(true, 1), keyUsage(0x06)]),
  "key usage without signing certificates": ca([basicConstraints(true), keyUsage(0x80)]),
  "another name": { subject: { commonName: "x" }, issuer: { commonName: "x" } },
  "an unknown critical extension": ca([
    basicConstraints(true),
    keyUsage(0x06),
    { oid: "1.2.3.4", critical: true, value: Buffer.from([5, 0]) },
  ]),
  "constraints that exclude the address": ca([
    basicConstraints(true),
    keyUsage(0x06),
    nameConstraints({ excluded: [["email", "example.com"]] }),
  ]),
};

/** Signature algorithms of the certificates above the leaf. */
const authorityKinds: readonly KeyKind[] = ["p224", "p256", "p384", "p521", "rsa1024", "rsa2048", "ed25519"];

export const chainRows: Rows = {
  ...rowsOf(named("chain ", chains), (chainPem) => (site) => {
    storeKeyless(site, { ...fulcioLeaf(), chainPem });
    return trustingFulcio(site);
  }),
  ...rowsOf(named("intermediate ", intermediates), (changes) => (site) => {
    const changed = reissued(intermediate, changes, root);
    storeKeyless(site, withChain(fulcioLeaf({ issuer: changed }), changed, root));
    return trustingFulcio(site);
  }),
  ...rowsOf(named("intermediate trusted itself, ", intermediates), (changes) => (site) => {
    const changed = reissued(intermediate, changes, root);
    storeKeyless(site, withChain(fulcioLeaf({ issuer: changed }), changed));
    return trustingFulcio(site, { caData: inBase64(changed.pem) });
  }),
  ...rowsOf(named("root ", roots), (changes) => (site) => {
    const changed = reissued(root, changes);
    storeKeyless(site, fulcioLeaf());
    return trustingFulcio(site, { caData: inBase64(changed.pem) });
  }),
  ...rowsOf(
    authorityKinds.map((kind) => [`${kind} authorities`, kind] as const),
    (kind) => (site) => {
      const own = authority("own root", kind);
      const below = authority("own intermediate", kind, own);
      storeKeyless(site, withChain(fulcioLeaf({ issuer: below }), below, own));
      return trustingFulcio(site, { caData: inBase64(own.pem) });
    },
  ),
  "a leaf of the root": (site) => {
    storeKeyless(site, withChain(fulcioLeaf({ issuer: root }), root));
    return trustingFulcio(site);
  },
  "the leaf as its own anchor": (site) => {
    const leaf = fulcioLeaf();
    storeKeyless(site, leaf);
    return trustingFulcio(site, { caData: inBase64(leaf.pem) });
  },
  "a leaf that signed itself": (site) => selfSigned(site, "leaf"),
  "two intermediates, path length 0": (site) => deep(site, 0),
  "two intermediates, path length 1": (site) => deep(site, 1),
  "two intermediates in the wrong order": (site) => deep(site, 1, true),
  "an intermediate with the root's name and another key": (site) => {
    const impostor = issueAuthority("impostor", "p256", undefined, withoutKeyIds(root));
    storeKeyless(site, withChain(fulcioLeaf({ issuer: impostor }), impostor, root));
    return trustingFulcio(site);
  },
  "an intermediate with the right name and another key": (site) => {
    const impostor = issueAuthority("impostor", "p256", root, withoutKeyIds(intermediate));
    storeKeyless(site, withChain(fulcioLeaf(), impostor, root));
    return trustingFulcio(site);
  },
};

/** An authority's words, for one with another key. */
function withoutKeyIds({ profile }: AuthorityCertificate): CertificateProfile {
  const keyIds = ["2.5.29.14", "2.5.29.35"];
  return { ...profile, extensions: profile.extensions?.filter(({ oid }) => !keyIds.includes(oid)) ?? [] };
}

function authority(name: string, kind: KeyKind, parent?: AuthorityCertificate): AuthorityCertificate {
  return issueAuthority(name, kind, parent, {
    subject: { commonName: name },
    issuer: parent?.profile.subject ?? { commonName: name },
    notBefore: kit.now - year,
    notAfter: kit.now + year,
    extensions: [basicConstraints(true), keyUsage(0x06)],
  });
}

function selfSigned(site: Parameters<typeof trustingFulcio>[0], name: string) {
  const own = authority(name, "p256");
  const leaf: IssuedLeaf = fulcioLeaf({ name, issuer: own, profile: { subject: { commonName: name } } });
  storeKeyless(site, withChain(leaf));
  return trustingFulcio(site);
}

function deep(site: Parameters<typeof trustingFulcio>[0], pathLength: number, reversed = false) {
  const upper = reissued(intermediate, ca([basicConstraints(true, pathLength), keyUsage(0x06)]), root);
  const lower = issueAuthority("lower", "p256", upper, {
    subject: { commonName: "lower" },
    issuer: upper.profile.subject,
    notBefore: kit.now - year,
    notAfter: kit.now + year,
    extensions: [basicConstraints(true), keyUsage(0x06)],
  });
  const between = reversed ? [upper, lower] : [lower, upper];
  storeKeyless(site, withChain(fulcioLeaf({ issuer: lower }), ...between, root));
  return trustingFulcio(site);
}
