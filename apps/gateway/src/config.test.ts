import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type GatewayConfig, parseGatewayConfig } from "./config.ts";
import { gatewayFlags, gatewayFlagsHelp } from "./gateway-flags.ts";
import { parseEndpoint } from "./runtime/runtime-endpoint.ts";

const runtime = ["--runtime-endpoint", "unix:///run/containerd/containerd.sock"];

describe("parseGatewayConfig", () => {
  it("needs the runtime's socket and fills in the rest", () =>
    assert.deepEqual(parseGatewayConfig(runtime), {
      listen: parseEndpoint("unix:///run/countersign/cri.sock"),
      occupiedSocket: "refuse",
      runtimeEndpoint: parseEndpoint("unix:///run/containerd/containerd.sock"),
      imageEndpoint: parseEndpoint("unix:///run/containerd/containerd.sock"),
      signaturePolicy: "/etc/containers/policy.json",
      signaturePolicyDir: undefined,
      registriesConf: undefined,
      shortNames: "docker.io",
      registriesD: undefined,
      registryConfigPath: undefined,
      authfile: undefined,
      metrics: undefined,
      evidenceDir: "/var/lib/countersign/evidence",
      evidenceSize: 256 * 1024 * 1024,
      evidenceSeed: undefined,
      trustDir: "/var/lib/countersign/trust",
      unnamedImages: "deny",
      checkpoints: "deny",
      createVerifyTimeout: 30_000,
      pullVerifyTimeout: 60_000,
      knownNamespaces: undefined,
      namespaceWait: 20_000,
      bootstrapNamespaces: new Set(["kube-system", "countersign-system"]),
      drainTimeout: 30_000,
      handoverTimeout: 600_000,
      logLevel: "info",
    } satisfies GatewayConfig));

  const rows: readonly (readonly [why: string, argv: string[], expected: Partial<GatewayConfig>])[] = [
    [
      "takes a socket by its bare path",
      ["--listen", "/run/c.sock"],
      { listen: parseEndpoint("/run/c.sock") },
    ],
    ["takes flag=value", ["--listen=unix:///run/c.sock"], { listen: parseEndpoint("/run/c.sock") }],
    [
      "takes another image service",
      ["--image-endpoint", "unix:///i.sock"],
      { imageEndpoint: parseEndpoint("/i.sock") },
    ],
    [
      "takes several directories of hosts.toml",
      ["--registry-config-path", "/etc/containerd/certs.d/:/etc/docker/certs.d"],
      { registryConfigPath: ["/etc/containerd/certs.d", "/etc/docker/certs.d"] },
    ],
    ["drops a directory's last slash", ["--signature-policy-dir", "/p/"], { signaturePolicyDir: "/p" }],
    [
      "takes a metrics address",
      ["--metrics", "127.0.0.1:9465"],
      { metrics: { host: "127.0.0.1", port: 9465 } },
    ],
    ["takes an IPv6 address", ["--metrics", "[::1]:9465"], { metrics: { host: "::1", port: 9465 } }],
    ["takes a port of every address", ["--metrics", ":9465"], { metrics: { host: "0.0.0.0", port: 9465 } }],
    [
      "takes bootstrap namespaces",
      ["--bootstrap-namespaces", "a,b"],
      { bootstrapNamespaces: new Set(["a", "b"]) },
    ],
    ["takes no bootstrap namespace", ["--bootstrap-namespaces", ""], { bootstrapNamespaces: new Set() }],
    ["takes milliseconds", ["--drain-timeout", "1500ms"], { drainTimeout: 1500 }],
    ["takes minutes", ["--pull-verify-timeout", "2m"], { pullVerifyTimeout: 120_000 }],
    ["takes short names", ["--short-names", "registries.conf"], { shortNames: "registries.conf" }],
    ["takes a log level", ["--log-level", "debug"], { logLevel: "debug" }],
  ];
  for (const [why, argv, expected] of rows) {
    it(why, () => {
      const config = parseGatewayConfig([...runtime, ...argv]);
      assert.deepEqual({ ...config, ...expected }, config);
    });
  }
});

describe("parseGatewayConfig refuses", () => {
  const rows: readonly (readonly [why: string, argv: string[], message: RegExp])[] = [
    ["to guess the runtime's socket", [], /^--runtime-endpoint is missing; .* e\.g\. unix:\/\/\//],
    ["a flag it does not know", [...runtime, "--polcy", "x"], /'--polcy'.*; see countersign gateway --help/],
    ["an argument without flag", [...runtime, "x"], /'x'.*; see countersign gateway --help/],
    ["a flag without its value", ["--runtime-endpoint"], /--runtime-endpoint/],
    ["a flag twice", [...runtime, "--listen", "/a", "--listen", "/b"], /^--listen "\/b" is given twice/],
    [
      "a relative policy directory",
      [...runtime, "--signature-policy-dir", "policies"],
      /"policies" must be an abs/,
    ],
    [
      "a relative policy",
      [...runtime, "--signature-policy", "p.json"],
      /^--signature-policy "p.json" must be/,
    ],
    [
      "a directory of hosts.toml that is none",
      [...runtime, "--registry-config-path", "/a::/b"],
      /^--registry-config-path "" must be an absolute path/,
    ],
    ["an empty path", [...runtime, "--signature-policy="], /^--signature-policy "" must be/],
    [
      "a TCP endpoint",
      ["--runtime-endpoint", "tcp://1.2.3.4:1"],
      /^--runtime-endpoint: not a unix socket: "tcp/,
    ],
    ["a directory for a socket", [...runtime, "--listen", "unix:///run/"], /^--listen: not a unix socket/],
    ["a socket's path that is too long", [...runtime, "--listen", `/${"x".repeat(107)}`], /107 bytes/],
    [
      "to listen on the runtime's own socket",
      [...runtime, "--listen", runtime[1] ?? ""],
      /the runtime's own socket/,
    ],
    [
      "a duration without unit",
      [...runtime, "--drain-timeout", "30"],
      /^--drain-timeout "30" is not a duration/,
    ],
    ["no time at all", [...runtime, "--pull-verify-timeout", "0s"], /is not a duration/],
    ["more than a day", [...runtime, "--drain-timeout", "25h"], /is not a duration/],
    ["a metrics address without port", [...runtime, "--metrics", "127.0.0.1"], /is not HOST:PORT/],
    ["a port that does not exist", [...runtime, "--metrics", ":70000"], /is not HOST:PORT/],
    [
      "short names of somebody else",
      [...runtime, "--short-names", "quay.io"],
      /^--short-names "quay.io" is not known; choose one of docker.io, registries.conf$/,
    ],
    [
      "two runtimes' ways to find an image",
      [...runtime, "--short-names", "registries.conf", "--registry-config-path", "/etc/containerd/certs.d"],
      /^--short-names "registries.conf" is for CRI-O and --registry-config-path for containerd/,
    ],
    [
      "a log level that does not exist",
      [...runtime, "--log-level", "loud"],
      /choose one of trace, debug, info/,
    ],
  ];
  for (const [why, argv, message] of rows)
    it(why, () => assert.throws(() => parseGatewayConfig(argv), { code: "USAGE", message }));

  it("or takes any command line, and throws nothing but USAGE", () => {
    const word = fc.oneof(
      fc.constantFrom(...gatewayFlags.map(({ name }) => `--${name}`), "--", "-", "--listen=", "unix:///"),
      fc.string({ maxLength: 30 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
        try {
          parseGatewayConfig(argv);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "USAGE");
        }
      }),
    );
  });
});

it("gatewayFlagsHelp has a line for each flag, with its default", () => {
  const lines = gatewayFlagsHelp().split("\n");
  assert.equal(lines.length, gatewayFlags.length);
  assert.match(
    lines[0] ?? "",
    /^ {2}--listen unix:\/\/\/PATH .* \(default unix:\/\/\/run\/countersign\/cri.sock\)$/,
  );
});
