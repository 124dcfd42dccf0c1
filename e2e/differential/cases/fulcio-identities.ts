import { encodeDer } from "@countersign/engine/signature/der-write";
import {
  alternativeNames,
  extendedKeyUsage,
  issuerV1,
  issuerV2,
  oid,
} from "@countersign/testkit/signing-kit/certificate-profile";
import {
  defaultEmail,
  defaultOidcIssuer,
  type FulcioIdentityProfile,
} from "@countersign/testkit/signing-kit/fulcio";
import { fulcioLeaf, storeKeyless, trustingFulcio } from "../evidence/keyless.ts";
import { kit } from "../evidence/kit.ts";
import { type Rows, rowsOf } from "./table.ts";

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

export const identityRows: Rows = rowsOf(Object.entries(identities), (identity) => (site) => {
  storeKeyless(site, fulcioLeaf(identity));
  return trustingFulcio(site);
});
