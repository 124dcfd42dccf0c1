import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { formatReference } from "@countersign/engine/values/image-reference";
import fc from "fast-check";
import { parseVerifierCall } from "./verifier-call.ts";
import { verifierFlags } from "./verifier-flags.ts";

const digest = digestOf(Buffer.from("manifest"));
const other = digestOf(Buffer.from("another"));
const descriptor = "application/vnd.oci.descriptor.v1+json";

const asked = (name = "registry.example/app:v1") => [
  ...["-name", name, "-digest", digest, "-stdin-media-type", descriptor],
];

describe("parseVerifierCall", () => {
  it("takes containerd's arguments behind our flags", () => {
    const call = parseVerifierCall(["--signature-policy", "/p.json", "--timeout=2.5", ...asked()]);
    assert.equal(formatReference(call.question.image), "registry.example/app:v1");
    assert.deepEqual(
      [call.question.digest, call.stdinMediaType, call.settings],
      [
        digest,
        descriptor,
        {
          signaturePolicy: "/p.json",
          registriesConf: undefined,
          registriesD: undefined,
          registryConfigPath: undefined,
          authfile: undefined,
          trustDir: "/var/lib/countersign/trust",
          timeout: 2500,
        },
      ],
    );
  });

  it("has a policy and a timeout for who names none", () => {
    const { settings } = parseVerifierCall(asked());
    assert.deepEqual([settings.signaturePolicy, settings.timeout], ["/etc/containers/policy.json", 8000]);
  });

  it("reads containerd's list of directories", () =>
    assert.deepEqual(
      parseVerifierCall(["--registry-config-path", "/a/:/b", ...asked()]).settings.registryConfigPath,
      ["/a", "/b"],
    ));

  it("takes the same in any order, with one dash or two", () => {
    const pairs = [
      ["signature-policy", "/p"],
      ["authfile", "/odd=name"],
      ["name", "registry.example/app:v1"],
      ["digest", digest],
      ["stdin-media-type", "-"],
    ] as const;
    const spelled = fc.constantFrom(
      (name: string, value: string) => [`-${name}`, value],
      (name: string, value: string) => [`--${name}`, value],
      (name: string, value: string) => [`-${name}=${value}`],
    );
    const order = fc.shuffledSubarray([...pairs], { minLength: pairs.length });
    const spellings = fc.array(spelled, { minLength: pairs.length, maxLength: pairs.length });
    const expected = parseVerifierCall(pairs.flatMap(([name, value]) => [`-${name}`, value]));
    fc.assert(
      fc.property(order, spellings, (shuffled, spell) => {
        const argv = shuffled.flatMap(([name, value], at) => spell[at]?.(name, value) ?? []);
        assert.deepEqual(parseVerifierCall(argv), expected);
      }),
    );
  });

  const names: ReadonlyArray<readonly [name: string, image: string]> = [
    ["docker.io/library/busybox:latest", "docker.io/library/busybox:latest"],
    ["localhost/app:v1", "localhost/app:v1"],
    ["127.0.0.1:5000/app", "127.0.0.1:5000/app:latest"],
    [`registry.example/app@${digest}`, `registry.example/app@${digest}`],
    [`registry.example/app:v1@${digest}`, `registry.example/app@${digest}`],
  ];
  for (const [name, image] of names) {
    it(`asks about ${image} when containerd names ${name}`, () =>
      assert.equal(formatReference(parseVerifierCall(asked(name)).question.image), image));
  }
});

describe("parseVerifierCall refuses", () => {
  const rows: ReadonlyArray<readonly [why: string, argv: readonly string[], code: string, message: RegExp]> =
    [
      ["nothing at all", [], "USAGE", /^-name is missing; containerd gives it, so put "\$@"/],
      ["a wrapper that forgets what containerd says", ["--timeout", "5"], "USAGE", /^-name is missing/],
      ["a digest that is missing", asked().toSpliced(2, 2), "USAGE", /^-digest is missing/],
      ["a media type that is missing", asked().slice(0, 4), "USAGE", /^-stdin-media-type is missing/],
      ["a flag without its value", [...asked(), "--authfile"], "USAGE", /^--authfile has no value$/],
      ["a flag given twice", [...asked(), ...asked()], "USAGE", /^--name is given twice/],
      ["a flag that nobody knows", ["--signature-polcy", "/p", ...asked()], "USAGE", /is no flag/],
      ["a policy for a namespace", ["--signature-policy-dir", "/p", ...asked()], "USAGE", /is no flag/],
      ["a name that no flag can have", ["--constructor", "x", ...asked()], "USAGE", /is no flag/],
      ["what is no flag", ["image", ...asked()], "USAGE", /^"image" is no flag/],
      ["a policy beside the working directory", ["--signature-policy", "p", ...asked()], "USAGE", /absolute/],
      ["a directory list with a hole", ["--registry-config-path", "/a::/b", ...asked()], "USAGE", /absolute/],
      ["a path with a NUL", ["--authfile", "/a\0b", ...asked()], "USAGE", /has a NUL/],
      ["no time", ["--timeout", "0", ...asked()], "USAGE", /write seconds/],
      ["more time than there is", ["--timeout", "3601", ...asked()], "USAGE", /write seconds/],
      ["a time with a unit", ["--timeout", "8s", ...asked()], "USAGE", /write seconds/],
      ["a digest that is none", asked().with(3, "sha256:1"), "DIGEST_INVALID", /sha256:1/],
      ["a name that is none", asked("UPPER.example/App"), "REFERENCE_INVALID", /lowercase/],
      [
        "a name without a registry",
        asked("busybox:latest"),
        "REFERENCE_INVALID",
        /does not say its registry/,
      ],
      ["a repository for a registry", asked("library/busybox:v1"), "REFERENCE_INVALID", /its registry/],
      [
        "a name by another digest than is pulled",
        asked(`registry.example/app@${other}`),
        "MANIFEST_DIGEST_MISMATCH",
        /another digest/,
      ],
    ];
  for (const [why, argv, code, message] of rows) {
    it(why, () => assert.throws(() => parseVerifierCall(argv), { code, message }));
  }
});

it("every flag of the image verifier is read", () => {
  for (const { name } of verifierFlags) {
    assert.throws(() => parseVerifierCall([`--${name}`, "\0", ...asked()]), { code: "USAGE" }, name);
  }
});
