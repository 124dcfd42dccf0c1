import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { HintCode } from "@countersign/engine/policy/lint/hint";
import { createAuthority } from "@countersign/testkit/signing-kit/certificate-authority";
import {
  basicConstraints,
  extendedKeyUsage,
  oid,
} from "@countersign/testkit/signing-kit/certificate-profile";
import {
  type CertificatePart,
  certificate,
  keyRevocation,
  userId,
} from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import { createGpgSigner } from "@countersign/testkit/signing-kit/gpg/gpg-signer";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), "countersign-lint-"));
  await mkdir(join(home, "policies"));
  await mkdir(join(home, "registries.d"));
  await mkdir(join(home, "empty"));
  await writeFile(join(home, "empty.conf"), "");
  await write("good.json", { default: reject });
  await write("broken.json", { default: [{ type: "reject", extra: 1 }], surplus: {} });
  await write("short.json", { default: reject, transports: { docker: { busybox: reject } } });
  await write("odd.json", { default: reject, transports: { docker: {} } });
  await write("policies/shop.json", { default: reject });
  await writeFile(
    join(home, "registries.d/default.yaml"),
    "default-docker: {use-sigstore-attachments: true, lookaside: 'https://lookaside.example'}\n",
  );
});
after(() => rm(home, { recursive: true }));

const reject = [{ type: "reject" }];

async function write(name: string, content: string | object): Promise<void> {
  await writeFile(join(home, name), typeof content === "string" ? content : JSON.stringify(content));
}

async function run(...argv: string[]) {
  const io = recordingTerminal({ HOME: home });
  await main(["lint", ...argv], io);
  return io.said;
}

const at = (name: string) => join(home, name);

describe("countersign lint exits", () => {
  const rows: ReadonlyArray<readonly [code: number, why: string, argv: () => string[]]> = [
    [0, "for a valid policy", () => [at("good.json")]],
    [0, "for a valid policy with a warning", () => [at("short.json")]],
    [1, "for a warning, with --strict", () => ["--strict", at("good.json"), at("short.json")]],
    [0, "for a note, with --strict", () => ["--strict", at("odd.json")]],
    [
      0,
      "for a warning that is to be ignored, with --strict",
      () => ["--strict", "--ignore", "TRANSPORT_EMPTY,SCOPE_NEVER_MATCHES", at("short.json")],
    ],
    [2, "for a policy that is not valid", () => [at("good.json"), at("broken.json")]],
    [
      2,
      "for a policy that is not valid, with --strict",
      () => ["--strict", at("short.json"), at("broken.json")],
    ],
    [2, "for a policy that is not there", () => [at("nowhere.json")]],
    [0, "for a directory of policies", () => [at("policies")]],
    [2, "for a directory without any", () => [at("empty")]],
    [2, "for registries.d that does not parse", () => ["--registries-d", at("broken.d"), at("good.json")]],
    [2, "for registries.conf that is not there", () => ["--registries-conf", at("no.conf"), at("good.json")]],
    [
      2,
      "for directories of containerd's with a gap",
      () => ["--registry-config-path", "/a::/b", at("good.json")],
    ],
    [2, "for a hint that there is none of", () => ["--ignore", "SCOPES", at("good.json")]],
    [2, "without a file", () => []],
    [
      2,
      "for a flag given twice",
      () => ["--ignore", "TAG_IGNORED", "--ignore", "TAG_IGNORED", at("good.json")],
    ],
  ];
  for (const [code, why, argv] of rows) {
    it(`${code} ${why}`, async () => {
      await mkdir(at("broken.d"), { recursive: true });
      await writeFile(at("broken.d/x.yaml"), "docker: [");
      const said = await run(...argv());
      assert.equal(said.exitCode, code, said.out + said.err);
    });
  }
});

describe("countersign lint prints", () => {
  it("every fault and hint where it is, what to do, and how many there are", async () => {
    const { out } = await run(
      "--policy-only",
      at("good.json"),
      at("broken.json"),
      at("short.json"),
      at("odd.json"),
    );
    assert.equal(
      out.replaceAll(`${home}/`, ""),
      `good.json: valid
broken.json: not a valid policy
broken.json:1:30: error: default[0].extra: Unknown key "extra" [POLICY_INVALID]
broken.json:1:42: error: surplus: Unknown key "surplus" [POLICY_INVALID]
short.json: valid
short.json:1:56: warning: transports.docker["busybox"]: this scope can never match: names are compared in their full form [SCOPE_NEVER_MATCHES]
    write "docker.io/library/busybox"
odd.json: valid
odd.json:1:46: note: transports.docker: this section has no scope, so the policy's default holds as if it were not there [TRANSPORT_EMPTY]
    remove it, or write what holds for all its images: "": [{"type": "reject"}]

2 errors, 1 warning, 1 note
`,
    );
  });

  it("no more than the state of good policies", async () => {
    const { out } = await run(at("good.json"), at("policies"));
    assert.equal(out, `${at("good.json")}: valid\n${at("policies/shop.json")}: valid\n`);
  });

  it("control characters of a policy as escapes", async () => {
    await write("\u001b[31m.json", `{"default":[{"type":"\\u001b[2J"}]}`);
    const { out } = await run(at("\u001b[31m.json"));
    assert.ok(!out.includes("\u001b"));
    assert.match(out, /\\u001b\[31m\.json:1:13: error: .*\\x1b\[2J/);
  });

  it("the same as JSON", async () => {
    const { out } = await run("--output", "json", at("broken.json"), at("short.json"), at("nowhere.json"));
    const [broken, short, nowhere] = JSON.parse(out);
    assert.deepEqual([broken.file, broken.valid, broken.unshown], [at("broken.json"), false, 0]);
    assert.deepEqual(broken.faults[0], {
      severity: "error",
      code: "POLICY_INVALID",
      path: "default[0].extra",
      line: 1,
      column: 30,
      message: 'Unknown key "extra"',
      remedy: null,
    });
    assert.deepEqual(short.hints, [
      {
        severity: "warning",
        code: "SCOPE_NEVER_MATCHES",
        path: 'transports.docker["busybox"]',
        line: 1,
        column: 56,
        message: "this scope can never match: names are compared in their full form",
        remedy: 'write "docker.io/library/busybox"',
      },
    ]);
    assert.deepEqual([nowhere.faults[0].code, nowhere.faults[0].line], ["POLICY_NOT_FOUND", null]);
  });

  it("what of containerd's mirrors has no signatures looked for", async () => {
    await mkdir(at("certs.d/r.example"), { recursive: true });
    await writeFile(at("certs.d/r.example/hosts.toml"), `[host."https://m.other"]\n`);
    await mkdir(at("only.d"));
    await writeFile(at("only.d/r.yaml"), "docker: {r.example: {use-sigstore-attachments: true}}\n");
    await write("mirrored.json", {
      default: reject,
      transports: { docker: { "r.example": [signed({ keyPath: "/k" })] } },
    });
    const flags = ["--policy-only", "--registries-d", at("only.d")];
    assert.doesNotMatch((await run(...flags, at("mirrored.json"))).out, /warning/);
    const { out } = await run(...flags, "--registry-config-path", at("certs.d"), at("mirrored.json"));
    assert.match(out, /images of r\.example that come from m\.other .*\[ATTACHMENTS_NOT_READ\]/);
  });

  it("with --policy-only nothing of keys, but of the registries.d that is named", async () => {
    await write("signed.json", { default: [signed({ keyPath: "/nowhere/key.pub" })] });
    const alone = await run("--policy-only", at("signed.json"));
    assert.doesNotMatch(alone.out, /warning/);
    const conf = ["--registries-conf", at("empty.conf")];
    assert.doesNotMatch((await run("--policy-only", ...conf, at("signed.json"))).out, /warning/);
    const named = await run("--policy-only", "--registries-d", at("empty"), at("signed.json"));
    assert.match(named.out, /1 warning\n/);
    assert.match(named.out, /ATTACHMENTS_NOT_READ/);
    assert.match(
      (await run(...machine(), at("signed.json"))).out,
      /TRUST_FILE_UNREADABLE.*\n.*\n\n1 warning\n.*--policy-only\n$/,
    );
  });
});

/** A machine where nothing is missing. */
const machine = () => ["--registries-d", at("registries.d"), "--registries-conf", at("empty.conf")];

const accept = [{ type: "insecureAcceptAnything" }];
const signed = (rest: object) => ({
  type: "sigstoreSigned",
  signedIdentity: { type: "matchRepository" },
  ...rest,
});
const now = Date.now() / 1000;
const day = 24 * 3600;
const key = createSigningKey("lint").publicKeyPem;
const ca = (rest: Partial<Parameters<typeof createAuthority>[0]> = {}) =>
  createAuthority({ name: "lint", now, kind: "p256", ...rest });
const usage = extendedKeyUsage(oid.serverAuth);
const openssl = { type: "pkcs8", format: "pem" } as const;

interface Specimen {
  readonly name?: string;
  readonly default?: object;
  readonly docker?: object;
  readonly transports?: object;
  /** the content of a file, and the requirement that names it */
  readonly trust?: readonly [content: string, requirement: (file: string) => object];
  readonly argv?: () => string[];
  readonly mode?: number;
  /** whether the file may use the extension */
  readonly marked?: true;
}

const withKey = (content: string): Specimen => ({ trust: [content, (keyPath) => signed({ keyPath })] });
const withCa = (content: string): Specimen => ({
  trust: [content, (caRootsPath) => signed({ pki: { caRootsPath, subjectEmail: "a@b.example" } })],
});
const withFulcio = (changes: object): Specimen => ({
  trust: [
    ca().root.pem,
    (caPath) =>
      signed({
        fulcio: { caPath, oidcIssuer: "https://i.example", subjectEmail: "a@b.example", ...changes },
        rekorPublicKeyData: Buffer.from(key).toString("base64"),
      }),
  ],
});
const withIdentity = (signedIdentity: object): Specimen => ({
  trust: [key, (keyPath) => signed({ keyPath, signedIdentity })],
});
const signedByKey = (file: Uint8Array) => ({
  type: "signedBy",
  keyType: "GPGKeys",
  keyData: Buffer.from(file).toString("base64"),
});
const gpg = signedByKey(createGpgSigner("lint").publicKey);
const gpgKey = createGpgKey("lint");
const withGpg = (...parts: readonly CertificatePart[]): Specimen => ({
  default: [signedByKey(certificate(gpgKey, ...parts))],
});
const lasting = (seconds: number) => userId("Lint", { keyFlags: 3, keyExpires: seconds });

const base64 = (text: string) => Buffer.from(text).toString("base64");
const keyed = { key: { data: base64(key) } };
const byAuthority = (authority: object, ...others: readonly object[]): Specimen => ({
  marked: true,
  default: [{ type: "sigstore", authorities: [authority, ...others] }],
});
const fetched = { tuf: { mirror: "https://tuf.example", root: { data: base64(`{"signed":{}}`) } } };
const withSigner = (identity: object, more: object = {}, trustedRoot: object = fetched): Specimen =>
  byAuthority({
    keyless: { trustedRoot, identities: [{ issuer: "https://i.example", ...identity }] },
    ...more,
  });
const emptyRoot = JSON.stringify({ mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1" });

const logOf = (name: string, hashAlgorithm: string) => ({
  baseUrl: `https://${name}.example`,
  hashAlgorithm,
  publicKey: {
    rawBytes: createSigningKey("log").publicKeyPem.replace(/-----.*-----|\n/g, ""),
    keyDetails: "PKIX_ECDSA_P256_SHA_256",
    validFor: { start: "2020-01-01T00:00:00Z" },
  },
  logId: { keyId: base64("x".repeat(32)) },
});
const rootWithLogs = JSON.stringify({
  ...JSON.parse(emptyRoot),
  tlogs: [logOf("rekor", "SHA2_256"), logOf("rekor-sha512", "SHA2_512")],
});

/** For every kind of hint a policy that gives it, as everything around a policy is looked at. */
const specimens: Readonly<Record<HintCode, Specimen>> = {
  SCOPE_NEVER_MATCHES: { docker: { busybox: reject } },
  SCOPE_NAMED_TWICE: { docker: { "a/b": reject, "docker.io/a/b": reject } },
  HOST_IN_CAPITALS: { docker: { "R.example": reject } },
  WILDCARD_MISSES_HOST: { docker: { "*.example.com": accept } },
  PORT_MAKES_ANOTHER_HOST: { docker: { "r.example:443/a": reject } },
  OFFICIAL_IMAGE_MISSED: { docker: { "docker.io/debian": accept } },
  SCOPE_WEAKER_THAN_PARENT: { docker: { "r.example": [gpg], "r.example/a": accept } },
  TRANSPORT_UNKNOWN: { transports: { dokcer: {} } },
  TRANSPORT_EMPTY: { transports: { docker: {} } },
  TRANSPORT_WITHOUT_SIGNATURES: { transports: { tarball: { "": [gpg] } } },
  DEFAULT_ACCEPTS_EVERYTHING: { default: accept },
  PUBLIC_REGISTRY_ACCEPTED: { docker: { "quay.io": accept } },
  REJECT_BESIDE_OTHERS: { default: [...reject, gpg] },
  REQUIREMENT_REDUNDANT: { default: [gpg, ...accept] },
  REQUIREMENT_UNSATISFIABLE: {
    default: [{ type: "signedBaseLayer", baseLayerIdentity: { type: "matchExact" } }],
  },
  EVERY_KEY_MUST_SIGN: { default: [gpg, signedByKey(createGpgSigner("other").publicKey)] },
  COSIGN_IDENTITY_REFUSED: withIdentity({ type: "matchRepoDigestOrExact" }),
  EXACT_MATCH_REFUSES_DIGESTS: { default: [{ ...gpg, signedIdentity: { type: "matchExact" } }] },
  IDENTITY_NEVER_MATCHES: { transports: { dir: { "/a": [gpg] } } },
  REMAP_WITHOUT_EFFECT: withIdentity({ type: "remapIdentity", prefix: "busybox", signedPrefix: "r.example" }),
  TAG_IGNORED: withIdentity({ type: "exactRepository", dockerRepository: "r.example/a:v1" }),
  CI_IDENTITY_UNSUPPORTED: withFulcio({ subjectEmail: "https://github.com/o/r/.github/workflows/w.yml" }),
  SUBJECT_NEVER_MATCHES: withFulcio({ subjectEmail: "octocat" }),
  ISSUER_NEVER_MATCHES: withFulcio({ oidcIssuer: "i.example" }),
  ISSUER_ENDS_IN_SLASH: withFulcio({ oidcIssuer: "https://i.example/" }),
  NO_KEYS: { default: [{ ...gpg, keyData: "" }] },
  TRUST_PATH_NOT_ABSOLUTE: { default: [signed({ keyPath: "key.pub" })] },
  TRUST_PATH_NOT_EXPANDED: { default: [signed({ keyPath: "~/key.pub" })] },
  MARKER_UNUSED: { marked: true, default: reject },
  ONLY_WARNS: { marked: true, docker: { "r.example": [{ ...gpg, mode: "warn" }] } },
  ALTERNATIVE_ACCEPTS_EVERYTHING: {
    marked: true,
    docker: { "r.example": [{ type: "anyOf", alternatives: [[gpg], accept] }] },
  },
  AUTHORITY_SHADOWED: {
    marked: true,
    docker: {
      "r.example": [{ type: "sigstore", authorities: [keyed, { static: { action: "pass" } }] }],
    },
  },
  CERTIFICATE_TIME_UNKNOWN: withSigner({ subject: "a@b.example" }, { transparency: { threshold: 0 } }),
  BUNDLE_IDENTITY_REFUSED: {
    marked: true,
    default: [{ type: "sigstore", authorities: [keyed], signedIdentity: { type: "matchRepository" } }],
  },
  PATTERN_NOT_ANCHORED: withSigner({ subjectRegExpUnanchored: "https://ci\\.example/" }),
  PATTERN_MATCHES_ANYTHING: withSigner({ subjectRegExp: ".*" }),
  PATTERN_MATCHES_OTHER_NAMES: withSigner({ subjectRegExp: "https://ci\\.example/acme.*" }),
  ATTESTATION_POLICY_CONSTANT: byAuthority({
    ...keyed,
    attestations: [{ predicateType: "vuln", policy: { type: "cel", expression: "true" } }],
  }),
  ATTESTATION_POLICY_NEVER_TRUE: byAuthority({
    ...keyed,
    attestations: [{ predicateType: "vuln", policy: { type: "cel", expression: "size(subject)" } }],
  }),
  TRUSTED_ROOT_INCOMPLETE: withSigner({ subject: "a@b.example" }, {}, { data: base64(emptyRoot) }),
  TRUSTED_ROOT_LOG_LEFT_OUT: byAuthority({
    ...keyed,
    transparency: { trustedRoot: { data: base64(rootWithLogs) } },
  }),
  TRUST_FILE_UNREADABLE: { default: [signed({ keyPath: "/nowhere/key.pub" })] },
  TRUST_MATERIAL_INVALID: withKey("nonsense"),
  KEY_IS_PRIVATE: withKey(generateKeyPairSync("ed25519").privateKey.export(openssl).toString()),
  KEY_WEAK: withKey(createSigningKey("lint", "rsa1024").publicKeyPem),
  KEY_EXPIRED: withGpg(lasting(1)),
  KEY_EXPIRES_SOON: withGpg(lasting(Math.floor(now) + day - gpgKey.created)),
  KEY_REVOKED: withGpg(keyRevocation(), userId("Lint")),
  KEY_CANNOT_SIGN: withGpg(userId("Lint", { keyFlags: 1 })),
  KEYS_IGNORED: withKey(key + key),
  CERTIFICATES_IGNORED: withCa(ca().root.pem + key),
  CERTIFICATE_EXPIRED: withCa(ca({ rootProfile: { notAfter: now - day } }).root.pem),
  CERTIFICATE_NOT_YET_VALID: withCa(ca({ rootProfile: { notBefore: now + day } }).root.pem),
  CERTIFICATE_EXPIRES_SOON: withCa(ca({ rootProfile: { notAfter: now + day } }).root.pem),
  CERTIFICATE_NOT_CA: withCa(ca({ rootExtensions: [basicConstraints(false)] }).root.pem),
  CERTIFICATE_NOT_FOR_CODE: withCa(ca({ rootExtensions: [basicConstraints(true), usage] }).root.pem),
  ATTACHMENTS_NOT_READ: { ...withKey(key), argv: () => ["--registries-d", at("empty")] },
  LOOKASIDE_NOT_SET: { default: [gpg], argv: () => ["--registries-d", at("empty")] },
  POLICY_FILE_NAME: { name: "Bad_Name", default: reject },
  TOO_MANY_SCOPES: {
    docker: Object.fromEntries(Array.from({ length: 20_001 }, (_, at) => [`r.example/${at}`, reject])),
  },
  FILE_WRITABLE_BY_ALL: { mode: 0o666, default: reject },
};

describe("countersign lint gives each kind of hint, and for a plain mistake no other:", () => {
  for (const [code, specimen] of Object.entries(specimens)) {
    it(code, async () => {
      const directory = at(code);
      await mkdir(directory);
      const policy = join(directory, `${specimen.name ?? "shop"}.json`);
      const trustFile = join(directory, "trust");
      const [content, requirement] = specimen.trust ?? ["", () => ({ type: "reject" })];
      await writeFile(trustFile, content);
      await writeFile(
        policy,
        JSON.stringify({
          ...(specimen.marked ? { countersign: 1 } : {}),
          default: specimen.default ?? [requirement(trustFile)],
          transports: specimen.transports ?? (specimen.docker ? { docker: specimen.docker } : {}),
        }),
      );
      await chmod(policy, specimen.mode ?? 0o644);
      const { out } = await run("--output", "json", ...(specimen.argv ?? machine)(), directory);
      const [{ faults, hints }] = JSON.parse(out);
      assert.deepEqual(faults, []);
      assert.deepEqual(
        [...new Set(hints.map((hint: { code: string }) => hint.code))],
        [...(besides[code as HintCode] ?? []), code],
      );
    });
  }
});

/** What the same mistake is also told as. */
const besides: Readonly<Partial<Record<HintCode, readonly HintCode[]>>> = {
  REMAP_WITHOUT_EFFECT: ["COSIGN_IDENTITY_REFUSED"],
};
