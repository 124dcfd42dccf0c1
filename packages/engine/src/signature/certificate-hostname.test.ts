import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAuthority } from "@countersign/testkit/signing-kit/certificate-authority";
import { type AlternativeName, alternativeNames } from "@countersign/testkit/signing-kit/certificate-profile";
import { parseCertificate } from "./certificate.ts";
import { hostnameFault } from "./certificate-hostname.ts";

const ca = createAuthority({ name: "hosts", now: 1_800_000_000, kind: "p256" });
const certificateOf = (names: readonly AlternativeName[]) =>
  parseCertificate(ca.issue({ extensions: [alternativeNames(names)] }).der);
const ip = (...octets: readonly number[]): AlternativeName => ["ip", Buffer.from(octets)];

describe("hostnameFault accepts", () => {
  const accepted: ReadonlyArray<readonly [host: string, name: AlternativeName]> = [
    ["host.example.com", ["dns", "host.example.com"]],
    ["HOST.example.com", ["dns", "host.EXAMPLE.com"]],
    ["host.example.com.", ["dns", "host.example.com"]],
    ["host.example.com", ["dns", "*.example.com"]],
    ["*.example.com", ["dns", "*.example.com"]],
    ["a_b", ["dns", "a_b"]],
    ["not..a..host", ["dns", "NOT..a..host"]],
    ["10.0.0.1", ip(10, 0, 0, 1)],
    ["[10.0.0.1]", ip(10, 0, 0, 1)],
    ["::ffff:10.0.0.1", ip(10, 0, 0, 1)],
    ["2001:db8::1", ip(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
    ["10.0.0.1", ip(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1)],
  ];
  for (const [host, name] of accepted) {
    it(`${host} by ${name[0]} ${name[1]}`, () =>
      assert.equal(hostnameFault(certificateOf([name]), host), undefined));
  }
});

describe("hostnameFault refuses", () => {
  const noneBut = (host: string) =>
    `x509: certificate is not valid for any names, but wanted to match ${host}`;
  const refused: ReadonlyArray<
    readonly [why: string, host: string, names: readonly AlternativeName[], fault: string]
  > = [
    [
      "another host",
      "b.example",
      [
        ["dns", "a.example"],
        ["dns", "c.example"],
      ],
      "x509: certificate is valid for a.example, c.example, not b.example",
    ],
    ["no names", "a.example", [], noneBut("a.example")],
    [
      "a wildcard for two labels",
      "a.b.example",
      [["dns", "*.example"]],
      "x509: certificate is valid for *.example, not a.b.example",
    ],
    [
      "a wildcard for none",
      "example",
      [["dns", "*.example"]],
      "x509: certificate is valid for *.example, not example",
    ],
    [
      "a wildcard that is not the whole label",
      "ab.example",
      [["dns", "a*.example"]],
      "x509: certificate is valid for a*.example, not ab.example",
    ],
    [
      "a wildcard further right",
      "a.b.example",
      [["dns", "a.*.example"]],
      "x509: certificate is valid for a.*.example, not a.b.example",
    ],
    ["everything", "example", [["dns", "*"]], "x509: certificate is valid for *, not example"],
    [
      "a name with a final dot",
      "a.example",
      [["dns", "a.example."]],
      "x509: certificate is valid for a.example., not a.example",
    ],
    [
      "the Kelvin sign for a k",
      "\u212aube.example",
      [["dns", "kube.example"]],
      "x509: certificate is valid for kube.example, not \u212aube.example",
    ],
    [
      "an address given as a DNS name",
      "10.0.0.1",
      [["dns", "10.0.0.1"]],
      "x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs",
    ],
    [
      "another address",
      "10.0.0.1",
      [ip(10, 0, 0, 2)],
      "x509: certificate is valid for 10.0.0.2, not 10.0.0.1",
    ],
    [
      "an address with a zone",
      "fe80::1%eth0",
      [ip(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)],
      noneBut("fe80::1%eth0"),
    ],
    [
      "another address in its long form",
      "0:0:0:0:0:0:0:1",
      [ip(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2)],
      "x509: certificate is valid for ::2, not 0:0:0:0:0:0:0:1",
    ],
    [
      "a name before a NUL",
      "a.example",
      [["dns", "a.example\0.evil"]],
      "x509: certificate is valid for a.example\0.evil, not a.example",
    ],
    [
      "a hundred others",
      "a.example",
      Array.from({ length: 100 }, (_, n) => ["dns", `n${n}.example`] as const),
      "x509: certificate is valid for 100 names, but none matched a.example",
    ],
  ];
  for (const [why, host, names, fault] of refused) {
    it(why, () => assert.equal(hostnameFault(certificateOf(names), host), fault));
  }
  it("the common name, and says so", () => {
    const { der } = ca.issue({ extensions: [], profile: { subject: { commonName: "a.example" } } });
    const fault = "x509: certificate relies on legacy Common Name field, use SANs instead";
    assert.equal(hostnameFault(parseCertificate(der), "A.example."), fault);
  });
});
