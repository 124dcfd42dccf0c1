import { encodeDer } from "@countersign/engine/signature/der-write";
import {
  alternativeNames,
  extendedKeyUsage,
  issuerV1,
  issuerV2,
  oid,
} from "@countersign/testkit/signing-kit/certificate-profile";
import { withAnnotations } from "@countersign/testkit/signing-kit/cosign-signature";
import {
  defaultEmail,
  defaultOidcIssuer,
  type FulcioIdentityProfile,
} from "@countersign/testkit/signing-kit/fulcio";
import type { Question, Site } from "../case.ts";
import { fulcioLeaf, storeKeyless, trustingFulcio } from "../evidence/keyless.ts";
import { kit, stranger, today } from "../evidence/kit.ts";
import { inBase64 } from "../evidence/policies.ts";
import { named, type Rows, rowsOf } from "./table.ts";

const ten = 600;

/** Who the leaf says signed, against a policy that wants the kit's default issuer and address. */
const identities: Readonly<Record<string, FulcioIdentityProfile>> = {
  "as the policy wants": {},
  "another address": { email: "mallory@example.com" },
  "the address in capitals": { email: defaultEmail.toUpperCase() },
  "the address with a space": { email: `${defaultEmail} ` },
  "the address without a domain": { email: "dev" },
  "two addresses, the second is the one": {
    names: [
      ["email", "a@example.com"],
      ["email", defaultEmail],
    ],
  },
  "two addresses, none is the one": {
    names: [
      ["email", "a@example.com"],
      ["email", "b@example.com"],
    ],
  },
  "the address as a URI": { names: [["uri", `mailto:${defaultEmail}`]] },
  "the address as a DNS name": { names: [["dns", defaultEmail]] },
  "the address as another name": {
    names: [
      [
        "other",
        Buffer.concat([
          Buffer.from("060a2b0601040183bf300107", "hex"),
          encodeDer(0xa0, encodeDer(0x0c, Buffer.from(defaultEmail))),
        ]),
      ],
    ],
  },
  "a URI and the address": {
    names: [
      ["uri", "https://ci.example/x"],
      ["email", defaultEmail],
    ],
  },
  "a URI only": { names: [["uri", "https://ci.example/x"]] },
  "an IP address only": { names: [["ip", Buffer.from([127, 0, 0, 1])]] },
  "no names": { names: [] },
  "an address with a letter outside ASCII": {
    names: [["email", Buffer.from("d\xe9v@example.com", "latin1")]],
  },
  "an address with UTF-8": { names: [["email", "dév@example.com"]] },
  "an address with a NUL": { names: [["email", `${defaultEmail}\0`]] },
  "an address with a quote": { names: [["email", `"a b"@example.com`]] },
  "an empty address": { names: [["email", ""]] },
  "an address that is none": { names: [["email", "no address"]] },
  "a broken URI": {
    names: [
      ["uri", "://"],
      ["email", defaultEmail],
    ],
  },
  "a URI with a space": {
    names: [
      ["uri", "https://a b/"],
      ["email", defaultEmail],
    ],
  },
  "a broken IP address": {
    names: [
      ["ip", Buffer.from([1, 2, 3])],
      ["email", defaultEmail],
    ],
  },
  "a DNS name outside ASCII": {
    names: [
      ["dns", "dév.example"],
      ["email", defaultEmail],
    ],
  },
  "an empty DNS name": {
    names: [
      ["dns", ""],
      ["email", defaultEmail],
    ],
  },
  "another issuer": { oidcIssuer: "https://other.example" },
  "the issuer in capitals": { oidcIssuer: defaultOidcIssuer.toUpperCase() },
  "the issuer with a slash": { oidcIssuer: `${defaultOidcIssuer}/` },
  "the issuer's host only": { oidcIssuer: "issuer.example" },
  "an empty issuer": { oidcIssuer: "" },
  "the issuer in the first form only": { issuerExtensions: [issuerV1(defaultOidcIssuer)] },
  "the issuer in the second form only": { issuerExtensions: [issuerV2(defaultOidcIssuer)] },
  "no issuer": { issuerExtensions: [] },
  "two issuers that differ": {
    issuerExtensions: [issuerV1(defaultOidcIssuer), issuerV2("https://other.example")],
  },
  "two issuers that differ, the other way": {
    issuerExtensions: [issuerV1("https://other.example"), issuerV2(defaultOidcIssuer)],
  },
  "two issuers that differ in odd characters": {
    issuerExtensions: [issuerV1('a"\\\n\u0007é\u200b'), issuerV2("b`")],
  },
  "the first form twice": { issuerExtensions: [issuerV1(defaultOidcIssuer), issuerV1(defaultOidcIssuer)] },
  "the second form twice": { issuerExtensions: [issuerV2(defaultOidcIssuer), issuerV2(defaultOidcIssuer)] },
  "the first form as a DER string": {
    issuerExtensions: [issuerV1(encodeDer(0x0c, Buffer.from(defaultOidcIssuer)))],
  },
  "the second form as bare text": { issuerExtensions: [second(Buffer.from(defaultOidcIssuer))] },
  "the second form as a PrintableString": { issuerExtensions: [issuerV2("https://issuer.example", 0x13)] },
  "the second form as an IA5String": { issuerExtensions: [issuerV2(defaultOidcIssuer, 0x16)] },
  "the second form as a T61String": { issuerExtensions: [issuerV2(defaultOidcIssuer, 0x14)] },
  "the second form as a NumericString": { issuerExtensions: [issuerV2(defaultOidcIssuer, 0x12)] },
  "the second form as a GeneralString": { issuerExtensions: [issuerV2(defaultOidcIssuer, 0x1b)] },
  "the second form as a BMPString": {
    issuerExtensions: [issuerV2(Buffer.from(defaultOidcIssuer, "utf16le").swap16(), 0x1e)],
  },
  "the second form as a BMPString of odd length": {
    issuerExtensions: [issuerV2(Buffer.from([0, 0x61, 0]), 0x1e)],
  },
  "the second form as an OCTET STRING": { issuerExtensions: [issuerV2(defaultOidcIssuer, 0x04)] },
  "the second form as an INTEGER": { issuerExtensions: [issuerV2(Buffer.from([1]), 0x02)] },
  "the second form as a sequence": { issuerExtensions: [issuerV2(encodeDer(0x0c, Buffer.from("a")), 0x30)] },
  "the second form with data after it": {
    issuerExtensions: [
      second(Buffer.concat([encodeDer(0x0c, Buffer.from(defaultOidcIssuer)), Buffer.from([0])])),
    ],
  },
  "the second form cut off": {
    issuerExtensions: [second(encodeDer(0x0c, Buffer.from(defaultOidcIssuer)).subarray(0, 9))],
  },
  "the second form empty": { issuerExtensions: [second(Buffer.alloc(0))] },
  "the second form with bad UTF-8": { issuerExtensions: [issuerV2(Buffer.from([0xff]))] },
  "the second form with a letter that IA5 lacks": { issuerExtensions: [issuerV2(Buffer.from([0xe9]), 0x16)] },
  "both issuer and address are wrong": { oidcIssuer: "https://other.example", email: "mallory@example.com" },
  "no code signing": { usages: [oid.serverAuth] },
  "code signing among others": { usages: [oid.serverAuth, oid.codeSigning] },
  "any usage": { usages: [oid.anyUsage] },
  "no extended usage at all": { usages: [] },
  "an unknown usage": { usages: ["1.2.3.4"] },
  "a critical extended usage": {
    usages: [],
    extensions: [{ ...extendedKeyUsage(oid.codeSigning), critical: true }],
  },
  "an unknown extension": { extensions: [{ oid: "1.2.3.4", value: Buffer.from([5, 0]) }] },
  "an unknown critical extension": {
    extensions: [{ oid: "1.2.3.4", critical: true, value: Buffer.from([5, 0]) }],
  },
  "an extension twice": { extensions: [alternativeNames([["email", defaultEmail]])] },
  "a leaf that is valid later": { profile: { notBefore: kit.now + 1, notAfter: kit.now + ten } },
  "a leaf that begins then": { profile: { notBefore: kit.now, notAfter: kit.now + ten } },
  "a leaf that was valid before": { profile: { notBefore: kit.now - ten, notAfter: kit.now - 1 } },
  "a leaf that ends then": { profile: { notBefore: kit.now - ten, notAfter: kit.now } },
  "a leaf that ends before it begins": { profile: { notBefore: kit.now + ten, notAfter: kit.now - ten } },
  "a leaf with a name": { profile: { subject: { commonName: "builder" } } },
};

function second(value: Uint8Array) {
  return { oid: oid.fulcioIssuerV2, value };
}

/** What `fulcio` says in the policy, against the kit's default leaf. */
const policies: Readonly<Record<string, (site: Site) => Readonly<Record<string, unknown>>>> = {
  "another address": () => ({ subjectEmail: "wrong@mail.com" }),
  "the address in capitals": () => ({ subjectEmail: defaultEmail.toUpperCase() }),
  "an address with a quote": () => ({ subjectEmail: `a"b` }),
  "another issuer": () => ({ oidcIssuer: "https://other.example" }),
  "the CA by path": (site) => ({ caData: undefined, caPath: site.file("ca.pem", kit.fulcio.caPem) }),
  "the CA by a path that is missing": (site) => ({ caData: undefined, caPath: site.absent("ca.pem") }),
  "the CA by a directory": (site) => ({ caData: undefined, caPath: site.directory("ca.pem") }),
  "an empty CA": () => ({ caData: "" }),
  "a CA that is no PEM": () => ({ caData: inBase64("x") }),
  "a CA that is a key": () => ({ caData: inBase64(stranger.publicKeyPem) }),
  "a CA that is a broken certificate": () => ({ caData: inBase64(kit.fulcio.caPem.replace("MII", "MIA")) }),
  "a broken certificate before the CA": () => ({
    caData: inBase64(kit.fulcio.caPem.replace("MII", "MIA") + kit.fulcio.caPem),
  }),
  "a key before the CA": () => ({ caData: inBase64(stranger.publicKeyPem + kit.fulcio.caPem) }),
  "text around the CA": () => ({ caData: inBase64(`x\n${kit.fulcio.caPem}y\n`) }),
  "the CA under another label": () => ({
    caData: inBase64(kit.fulcio.caPem.replaceAll("CERTIFICATE", "X509 CERTIFICATE")),
  }),
  "the CA with PEM headers": () => ({
    caData: inBase64(kit.fulcio.caPem.replace("CERTIFICATE-----\n", "CERTIFICATE-----\na: b\n\n")),
  }),
  "another CA": () => ({ caData: inBase64(today.pki.root.pem) }),
  "another CA and the CA": () => ({ caData: inBase64(today.pki.root.pem + kit.fulcio.caPem) }),
  "the intermediate as the CA": () => ({ caData: inBase64(kit.fulcio.authority.intermediate.pem) }),
  "the CA twice": () => ({ caData: inBase64(kit.fulcio.caPem + kit.fulcio.caPem) }),
};

/** What the attachment carries beside the signature. */
const certificate = "dev.sigstore.cosign/certificate";
const chain = "dev.sigstore.cosign/chain";
const set = "dev.sigstore.cosign/bundle";
const signature = "dev.cosignproject.cosign/signature";

const annotationChanges: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  "no certificate": { [certificate]: undefined },
  "no promise": { [set]: undefined },
  "neither certificate nor promise": { [set]: undefined, [certificate]: undefined },
  "no signature": { [signature]: undefined },
  "no chain": { [chain]: undefined },
  "an empty certificate": { [certificate]: "" },
  "an empty promise": { [set]: "" },
  "an empty chain": { [chain]: "" },
};

export const fulcioRows: Rows = {
  ...rowsOf(named("the leaf: ", identities), (identity) => (site) => {
    storeKeyless(site, fulcioLeaf(identity));
    return trustingFulcio(site);
  }),
  ...rowsOf(named("the policy: ", policies), (changes) => (site) => {
    storeKeyless(site, fulcioLeaf());
    return trustingFulcio(site, changes(site));
  }),
  ...rowsOf(named("the attachment: ", annotationChanges), (changes) => (site) => {
    storeKeyless(site, fulcioLeaf(), (good) => withAnnotations(good, changes));
    return trustingFulcio(site);
  }),
  "signed with a key only": (site) => keyOnly(site),
  "the wall clock does not count": (site) => {
    storeKeyless(site, today.fulcio.issue({}), undefined, today.now);
    return trustingFulcio(site, { caData: inBase64(today.fulcio.caPem) });
  },
  "logged before the leaf was valid": (site) => {
    storeKeyless(site, fulcioLeaf(), undefined, kit.now - ten);
    return trustingFulcio(site);
  },
  "logged after the leaf was valid": (site) => {
    storeKeyless(site, fulcioLeaf(), undefined, kit.now + ten);
    return trustingFulcio(site);
  },
  "logged in 1970": (site) => {
    storeKeyless(site, fulcioLeaf(), undefined, 0);
    return trustingFulcio(site);
  },
  "logged in the far future": (site) => {
    storeKeyless(site, fulcioLeaf(), undefined, 99_999_999_999);
    return trustingFulcio(site);
  },
  "logged by a stranger": (site) => {
    storeKeyless(site, fulcioLeaf());
    const question = trustingFulcio(site);
    return {
      ...question,
      policy: String(question.policy).replace(
        inBase64(kit.log.publicKeyPem),
        inBase64(stranger.publicKeyPem),
      ),
    };
  },
};

function keyOnly(site: Site): Question {
  storeKeyless(site, fulcioLeaf(), (good) =>
    withAnnotations(good, { [certificate]: undefined, [chain]: undefined, [set]: undefined }),
  );
  return trustingFulcio(site);
}
