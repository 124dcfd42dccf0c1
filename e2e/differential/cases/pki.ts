import type { LeafProfile } from "@countersign/testkit/signing-kit/certificate-authority";
import {
  type AlternativeName,
  alternativeNames,
  oid,
} from "@countersign/testkit/signing-kit/certificate-profile";
import { withAnnotations } from "@countersign/testkit/signing-kit/cosign-signature";
import type { Question, Site } from "../case.ts";
import { reissued, storePki, withChain } from "../evidence/keyless.ts";
import { kit, stranger, today } from "../evidence/kit.ts";
import { demand, inBase64, sigstoreSigned } from "../evidence/policies.ts";
import { storeSigned } from "../evidence/signed.ts";
import { named, type Rows, rowsOf } from "./table.ts";

const { root, intermediate } = today.pki;
const email = "builder@example.com";
const hostname = "build.example.com";
const year = 365 * 24 * 3600;

const both: readonly AlternativeName[] = [
  ["email", email],
  ["dns", hostname],
];

function leafFor(names: readonly AlternativeName[] = both, changes: Omit<LeafProfile, "extensions"> = {}) {
  const profile = { notBefore: today.now - year, notAfter: today.now + year, ...changes.profile };
  return today.pki.issue({
    ...changes,
    profile,
    extensions: names.length === 0 ? [] : [alternativeNames(names)],
  });
}

function trustingPki(site: Site, changes: Readonly<Record<string, unknown>> = {}): Question {
  const pki = { caRootsData: inBase64(root.pem), subjectEmail: email, ...changes };
  return { image: `${site.name}:v1`, policy: demand(site, sigstoreSigned({ pki })) };
}

/** Names of the leaf, against a policy that asks for the hostname. */
const hostnames: Readonly<Record<string, readonly [wanted: string, names: readonly AlternativeName[]]>> = {
  "the name": [hostname, [["dns", hostname]]],
  "the name in capitals": [hostname.toUpperCase(), [["dns", hostname]]],
  "the certificate's name in capitals": [hostname, [["dns", hostname.toUpperCase()]]],
  "another name": ["other.example.com", [["dns", hostname]]],
  "two names, the second is the one": [
    hostname,
    [
      ["dns", "a.example"],
      ["dns", hostname],
    ],
  ],
  "two names, none is the one": [
    hostname,
    [
      ["dns", "a.example"],
      ["dns", "b.example"],
    ],
  ],
  "a wildcard": [hostname, [["dns", "*.example.com"]]],
  "a wildcard two levels up": ["a.build.example.com", [["dns", "*.example.com"]]],
  "a wildcard of the name itself": ["example.com", [["dns", "*.example.com"]]],
  "a partial wildcard": [hostname, [["dns", "b*.example.com"]]],
  "a wildcard in the middle": [hostname, [["dns", "build.*.com"]]],
  "a bare star": [hostname, [["dns", "*"]]],
  "a star for one label": ["localhost", [["dns", "*"]]],
  "a wildcard asked for": ["*.example.com", [["dns", "*.example.com"]]],
  "a wildcard asked for, a name given": ["*.example.com", [["dns", hostname]]],
  "a point at the end": [`${hostname}.`, [["dns", hostname]]],
  "a point at the certificate's end": [hostname, [["dns", `${hostname}.`]]],
  "a point at the beginning": [`.${hostname}`, [["dns", hostname]]],
  "an underscore": ["a_b.example.com", [["dns", "a_b.example.com"]]],
  "a hyphen at the beginning": ["-a.example.com", [["dns", "-a.example.com"]]],
  "a colon": ["a:b", [["dns", "a:b"]]],
  "a space": ["a b", [["dns", "a b"]]],
  "two points": ["a..b", [["dns", "a..b"]]],
  "a letter outside ASCII": ["bücher.example", [["dns", "xn--bcher-kva.example"]]],
  "an IDN": ["xn--bcher-kva.example", [["dns", "xn--bcher-kva.example"]]],
  "a name with a port": [`${hostname}:443`, [["dns", hostname]]],
  "a single label": ["localhost", [["dns", "localhost"]]],
  "no names at all": [hostname, []],
  "an address only": [hostname, [["email", email]]],
  "the name as a URI": [hostname, [["uri", `https://${hostname}/`]]],
  "an IPv4 address": ["127.0.0.1", [["ip", Buffer.from([127, 0, 0, 1])]]],
  "another IPv4 address": ["127.0.0.2", [["ip", Buffer.from([127, 0, 0, 1])]]],
  "an IPv4 address as a DNS name": ["127.0.0.1", [["dns", "127.0.0.1"]]],
  "an IPv4 address in brackets": ["[127.0.0.1]", [["ip", Buffer.from([127, 0, 0, 1])]]],
  "an IPv4 address mapped to IPv6": ["::ffff:127.0.0.1", [["ip", Buffer.from([127, 0, 0, 1])]]],
  "an IPv4 address with a leading zero": ["127.0.0.01", [["ip", Buffer.from([127, 0, 0, 1])]]],
  "an IPv6 address": ["::1", [["ip", Buffer.from([...Array(15).fill(0), 1])]]],
  "an IPv6 address in brackets": ["[::1]", [["ip", Buffer.from([...Array(15).fill(0), 1])]]],
  "an IPv6 address written out": ["0:0:0:0:0:0:0:1", [["ip", Buffer.from([...Array(15).fill(0), 1])]]],
  "an IPv6 address with a zone": [
    "fe80::1%eth0",
    [["ip", Buffer.from([0xfe, 0x80, ...Array(13).fill(0), 1])]],
  ],
  "another IPv6 address": ["::2", [["ip", Buffer.from([...Array(15).fill(0), 1])]]],
  "an IP address, none in the certificate": ["127.0.0.1", [["dns", hostname]]],
  "an IP address among several": [
    "10.0.0.2",
    [
      ["ip", Buffer.from([10, 0, 0, 1])],
      ["ip", Buffer.from([10, 0, 0, 2])],
    ],
  ],
  "a hostname, an IP address in the certificate": [hostname, [["ip", Buffer.from([127, 0, 0, 1])]]],
};

/** What the policy asks for, against a leaf with address and hostname. */
const wanted: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "the address": {},
  "another address": { subjectEmail: "other@example.com" },
  "the address in capitals": { subjectEmail: email.toUpperCase() },
  "the hostname": { subjectEmail: undefined, subjectHostname: hostname },
  "address and hostname": { subjectHostname: hostname },
  "the address and another hostname": { subjectHostname: "other.example.com" },
  "another address and the hostname": { subjectEmail: "other@example.com", subjectHostname: hostname },
  "another address and another hostname": {
    subjectEmail: "other@example.com",
    subjectHostname: "other.example.com",
  },
  "an empty hostname": { subjectHostname: "" },
  "an intermediate too": { caIntermediatesData: inBase64(intermediate.pem) },
  "another's intermediate": { caIntermediatesData: inBase64(kit.pki.intermediate.pem) },
  "an intermediate that is no PEM": { caIntermediatesData: inBase64("x") },
  "an intermediate that is empty": { caIntermediatesData: "" },
  "an intermediate with text after it": { caIntermediatesData: inBase64(`${intermediate.pem}x`) },
  "an intermediate that is a key": { caIntermediatesData: inBase64(stranger.publicKeyPem) },
  "an intermediate that is broken": { caIntermediatesData: inBase64(intermediate.pem.replace("MII", "MIA")) },
  "another root": { caRootsData: inBase64(kit.fulcio.caPem) },
  "two roots": { caRootsData: inBase64(kit.fulcio.caPem + root.pem) },
  "the intermediate as a root": { caRootsData: inBase64(intermediate.pem) },
  "an empty root": { caRootsData: "" },
  "a root that is no PEM": { caRootsData: inBase64("x") },
  "a broken root before the root": { caRootsData: inBase64(root.pem.replace("MII", "MIA") + root.pem) },
};

/** Leaves that are not what they should be. */
const leaves: Readonly<Record<string, Omit<LeafProfile, "extensions">>> = {
  "as it should be": {},
  "expired a year ago": { profile: { notBefore: today.now - 2 * year, notAfter: today.now - year } },
  "valid in a year": { profile: { notBefore: today.now + year, notAfter: today.now + 2 * year } },
  "without code signing": { usages: [oid.serverAuth] },
  "for any usage": { usages: [oid.anyUsage] },
  "without extended usage": { usages: [] },
  "of the root": { issuer: root },
  "of an RSA key": { kind: "rsa2048" },
  "of an Ed25519 key": { kind: "ed25519" },
  "of a P-521 key": { kind: "p521" },
  "with the hostname for a common name": { profile: { subject: { commonName: hostname } } },
};

export const pkiRows: Rows = {
  ...rowsOf(named("hostname: ", hostnames), ([subjectHostname, names]) => (site) => {
    storePki(site, leafFor(names));
    return trustingPki(site, { subjectEmail: undefined, subjectHostname });
  }),
  ...rowsOf(named("the policy asks for ", wanted), (changes) => (site) => {
    storePki(site, leafFor());
    return trustingPki(site, changes);
  }),
  ...rowsOf(named("a leaf ", leaves), (changes) => (site) => {
    storePki(site, leafFor(both, changes));
    return trustingPki(site);
  }),
  "a common name and no other": (site) => {
    storePki(site, leafFor([], { profile: { subject: { commonName: hostname } } }));
    return trustingPki(site, { subjectEmail: undefined, subjectHostname: hostname });
  },
  "roots by path": (site) => {
    storePki(site, leafFor());
    return trustingPki(site, { caRootsData: undefined, caRootsPath: site.file("roots.pem", root.pem) });
  },
  "roots by a path that is missing": (site) => {
    storePki(site, leafFor());
    return trustingPki(site, { caRootsData: undefined, caRootsPath: site.absent("roots.pem") });
  },
  "intermediates by a path that is missing": (site) => {
    storePki(site, leafFor());
    return trustingPki(site, { caIntermediatesPath: site.absent("x.pem") });
  },
  "intermediates by path, no chain": (site) => {
    storePki(site, withChain(leafFor()));
    return trustingPki(site, { caIntermediatesPath: site.file("x.pem", intermediate.pem) });
  },
  "no chain": (site) => {
    storePki(site, withChain(leafFor()));
    return trustingPki(site);
  },
  "a chain of the intermediate alone": (site) => {
    storePki(site, withChain(leafFor(), intermediate));
    return trustingPki(site);
  },
  "a broken chain": (site) => {
    storePki(site, { ...leafFor(), chainPem: "x" });
    return trustingPki(site);
  },
  "an intermediate that expired": (site) => {
    const expired = reissued(
      intermediate,
      { notBefore: today.now - 2 * year, notAfter: today.now - year },
      root,
    );
    storePki(site, withChain(leafFor(both, { issuer: expired }), expired, root));
    return trustingPki(site);
  },
  "a root that expired": (site) => {
    const expired = reissued(root, { notBefore: today.now - 2 * year, notAfter: today.now - year });
    storePki(site, leafFor());
    return trustingPki(site, { caRootsData: inBase64(expired.pem) });
  },
  "no certificate": (site) => {
    storeSigned(site, (good) => withAnnotations(good, {}));
    return trustingPki(site);
  },
  "another key's signature": (site) => {
    storePki(site, { ...leafFor(), key: stranger });
    return trustingPki(site);
  },
};
