import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fixedClock, fixedTrustFiles } from "@countersign/engine/verify/fixed-sources";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { type LintPorts, lintPolicyFile } from "./lint-policy-file.ts";

const kit = createSigningKit();
const clock = fixedClock(kit.now * 1000);
const { signal } = new AbortController();

let file: string;
before(async () => {
  file = join(await mkdtemp(join(tmpdir(), "countersign-lint-")), "policy.json");
});
after(() => rm(join(file, ".."), { recursive: true }));

async function lint(policy: unknown, ports: Partial<LintPorts> = {}, ignored: readonly string[] = []) {
  await writeFile(file, typeof policy === "string" ? policy : JSON.stringify(policy));
  const argument = { file, nameHints: [] };
  const whole = { trustFiles: undefined, registries: undefined, clock, ...ports };
  return lintPolicyFile(argument, whole, new Set(ignored), signal);
}

const key = (keyPath: string) => ({
  type: "sigstoreSigned",
  keyPath,
  signedIdentity: { type: "matchRepository" },
});

describe("lint of a file", () => {
  it("reads the files that the policy names by absolute paths, each once, and no other", async () => {
    const read: string[] = [];
    const trustFiles = fixedTrustFiles(new Map([["/a", Buffer.from(kit.key("a").publicKeyPem)]]));
    const recording = {
      read(path: string, signal: AbortSignal) {
        read.push(path);
        return trustFiles.read(path, signal);
      },
    };
    const policy = { default: [key("/a"), key("b"), key("~/c"), key("file:///d"), key("/a"), key("/e")] };
    const { hints } = await lint(policy, { trustFiles: recording }, [
      "EVERY_KEY_MUST_SIGN",
      "REQUIREMENT_REDUNDANT",
    ]);
    assert.deepEqual(read, ["/a", "/e"]);
    assert.deepEqual(
      hints.map(({ code, path }) => [code, path]),
      [
        ["TRUST_PATH_NOT_ABSOLUTE", "default[1].keyPath"],
        ["TRUST_PATH_NOT_EXPANDED", "default[2].keyPath"],
        ["TRUST_PATH_NOT_EXPANDED", "default[3].keyPath"],
        ["TRUST_FILE_UNREADABLE", "default[5].keyPath"],
      ],
    );
  });

  it("judges by the clock it is given", async () => {
    const trustFiles = fixedTrustFiles(new Map([["/ca", Buffer.from(kit.fulcio.caPem)]]));
    const policy = {
      default: [
        {
          type: "sigstoreSigned",
          pki: { caRootsPath: "/ca", subjectEmail: "a@b.example" },
          signedIdentity: { type: "matchRepository" },
        },
      ],
    };
    assert.deepEqual((await lint(policy, { trustFiles })).hints, []);
    const later = fixedClock((kit.now + 11 * 365 * 24 * 3600) * 1000);
    const { hints } = await lint(policy, { trustFiles, clock: later });
    assert.deepEqual(
      hints.map(({ code }) => code),
      ["CERTIFICATE_EXPIRED"],
    );
  });

  it("gives hints in the order of the text, with line and column", async () => {
    const text = `{"transports": {"docker": {\n  "busybox": [{"type": "reject"}]}},\n "default": [{"type": "insecureAcceptAnything"}]}`;
    const { hints } = await lint(text);
    assert.deepEqual(
      hints.map(({ code, place }) => [code, place?.line, place?.column]),
      [
        ["SCOPE_NEVER_MATCHES", 2, 3],
        ["DEFAULT_ACCEPTS_EVERYTHING", 3, 2],
      ],
    );
  });

  it("gives two hundred hints and the number of the rest, warnings rather than notes", async () => {
    const weaker = Array.from({ length: 150 }, (_, at) => [
      `r.example/${at}`,
      [{ type: "insecureAcceptAnything" }],
    ]);
    const dead = Array.from({ length: 150 }, (_, at) => [`dead${at}`, [{ type: "reject" }]]);
    const docker = Object.fromEntries([["r.example", [key("/k")]], ...weaker, ...dead]);
    const { hints, unshown } = await lint({ default: [{ type: "reject" }], transports: { docker } });
    const warnings = hints.filter(({ severity }) => severity === "warning");
    assert.deepEqual([hints.length, warnings.length, unshown], [200, 150, 100]);
  });

  it("tells of more scopes than it looks at, wherever they are, and of nothing in them", async () => {
    const reject = [{ type: "reject" }];
    const dead = (count: number) => Array.from({ length: count }, (_, at) => `dead${at}`);
    const docker = Object.fromEntries(dead(19_998).map((scope) => [scope, reject]));
    const images = (...globs: readonly string[]) => [
      { name: "g", globs, requirements: reject },
      { name: "s", scopes: ["r.example"], requirements: reject },
    ];
    const policy = {
      countersign: 1,
      default: reject,
      transports: { docker },
      images: images("a/**", "b/**"),
    };
    const { faults, hints, unshown } = await lint(policy);
    assert.deepEqual(
      [faults, hints.map(({ code, path }) => [code, path]), unshown],
      [[], [["TOO_MANY_SCOPES", ""]], 0],
    );
    assert.match(
      hints[0]?.message ?? "",
      /^it has 20001 scopes and globs; lint looks into policies with up to 20000,/,
    );
    const one = await lint({ ...policy, images: images("a/**") });
    assert.deepEqual(
      [one.hints.length, one.hints.some(({ code }) => code === "TOO_MANY_SCOPES")],
      [200, false],
    );
  });

  it("gives hints of every kind before the two-hundredth of one", async () => {
    const dead = Array.from({ length: 300 }, (_, at) => [`dead${at}`, [{ type: "reject" }]]);
    const { hints } = await lint({
      default: [{ type: "insecureAcceptAnything" }],
      transports: { docker: Object.fromEntries(dead), dokcer: {} },
    });
    assert.deepEqual([...new Set(hints.map(({ code }) => code))].sort(), [
      "DEFAULT_ACCEPTS_EVERYTHING",
      "SCOPE_NEVER_MATCHES",
      "TRANSPORT_UNKNOWN",
    ]);
  });

  it("leaves out the kinds that are to be ignored", async () => {
    const policy = { default: [{ type: "insecureAcceptAnything" }] };
    assert.deepEqual((await lint(policy, {}, ["DEFAULT_ACCEPTS_EVERYTHING"])).hints, []);
  });

  it("gives all faults, and no hints, of what is no policy", async () => {
    const { faults, hints } = await lint(`{"default":[\n{"type":"reject","x":1}],\n"y":2}`);
    assert.deepEqual(
      faults.map(({ severity, code, path, place }) => [severity, code, path, place?.line]),
      [
        ["error", "POLICY_INVALID", "default[0].x", 2],
        ["error", "POLICY_INVALID", "y", 3],
      ],
    );
    assert.deepEqual(hints, []);
  });

  it("gives a fault for what cannot be read", async () => {
    const argument = { file: join(file, "..", "nowhere.json"), nameHints: [] };
    const ports = { trustFiles: undefined, registries: undefined, clock };
    const { faults } = await lintPolicyFile(argument, ports, new Set(), signal);
    assert.deepEqual(
      faults.map(({ code, place }) => [code, place]),
      [["POLICY_NOT_FOUND", undefined]],
    );
  });
});
