import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "node:test";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { serveMetrics } from "@countersign/sources/serving/metrics-server";
import { version } from "../version.ts";
import type { Decision } from "./decision.ts";
import type { GatewayState } from "./gateway-state.ts";
import { reasonsNotReady } from "./gateway-state.ts";
import { gatewayMetrics } from "./metrics.ts";

const digest = digestOf(Buffer.from("x"));

const allowed: Decision = {
  call: "PullImage",
  decision: "allowed",
  code: "",
  message: "",
  image: "registry.example/app:v1",
  resolved: undefined,
  namespace: "team",
  digest,
  policy: { file: "/p/team.json", digest, origin: "namespaced", scope: undefined },
  runtimeStatus: undefined,
  fault: undefined,
  duration: 20,
};

const ready: GatewayState = {
  socketGone: undefined,
  connections: 0,
  runtimeAway: undefined,
  verifications: { active: 0, waiting: 0 },
  evidence: { files: 0, bytes: 0 },
  verdicts: 0,
  globalPolicy: { file: "/p.json", digest },
  brokenPolicies: new Set(),
};

async function linesStarting(metrics: ReturnType<typeof gatewayMetrics>, name: string): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return text.split("\n").filter((line) => line.startsWith(name));
}

describe("gatewayMetrics", () => {
  it("counts decisions by what was decided, by which policy, and why", async () => {
    const metrics = gatewayMetrics();
    metrics.recorder.begin("PullImage")(allowed);
    metrics.recorder.begin("PullImage")({ ...allowed, decision: "denied", code: "SIGNATURE_MISSING" });
    metrics.recorder.begin("PullImage")({ ...allowed, decision: "warned", code: "SIGNATURE_MISSING" });
    metrics.recorder.begin("PullImage")({
      ...allowed,
      decision: "undecided",
      code: "NAMESPACE_INVALID",
      policy: undefined,
    });
    assert.deepEqual(await linesStarting(metrics, "countersign_decisions_total"), [
      'countersign_decisions_total{call="PullImage",decision="allowed",policy="namespaced",code="ALLOWED"} 1',
      'countersign_decisions_total{call="PullImage",decision="denied",policy="namespaced",code="SIGNATURE_MISSING"} 1',
      'countersign_decisions_total{call="PullImage",decision="warned",policy="namespaced",code="SIGNATURE_MISSING"} 1',
      'countersign_decisions_total{call="PullImage",decision="undecided",policy="none",code="NAMESPACE_INVALID"} 1',
    ]);
  });

  it("measures seconds", async () => {
    const metrics = gatewayMetrics();
    metrics.recorder.begin("PullImage")(allowed);
    assert.deepEqual(await linesStarting(metrics, "countersign_decision_duration_seconds_sum"), [
      'countersign_decision_duration_seconds_sum{call="PullImage",decision="allowed"} 0.02',
    ]);
  });

  it("knows how many pulls wait for an answer", async () => {
    const metrics = gatewayMetrics();
    const end = metrics.recorder.begin("PullImage");
    metrics.recorder.begin("PullImage");
    end(allowed);
    assert.deepEqual(await linesStarting(metrics, "countersign_calls_in_flight"), [
      'countersign_calls_in_flight{call="PullImage"} 1',
    ]);
  });

  it("counts refusals for want of a policy", async () => {
    const metrics = gatewayMetrics();
    metrics.policyRefused("global");
    assert.deepEqual(await linesStarting(metrics, "countersign_policy_load_errors_total"), [
      'countersign_policy_load_errors_total{policy="global"} 1',
    ]);
  });

  it("knows its version, and when a policy was read last", async () => {
    const metrics = gatewayMetrics();
    metrics.policyLoaded();
    assert.deepEqual(await linesStarting(metrics, "countersign_build_info"), [
      `countersign_build_info{version="${version}"} 1`,
    ]);
    assert.deepEqual(await linesStarting(metrics, "countersign_policy_loads_total"), [
      "countersign_policy_loads_total 1",
    ]);
    const [line = ""] = await linesStarting(metrics, "countersign_policy_last_load_timestamp_seconds");
    assert.ok(Number(line.split(" ")[1]) > 1_700_000_000);
  });

  it("shows the gateway's state as it is when asked", async () => {
    const metrics = gatewayMetrics();
    const state = {
      socketGone: undefined,
      connections: 2,
      runtimeAway: undefined as string | undefined,
      verifications: { active: 3, waiting: 4 },
      evidence: { files: 5, bytes: 6 },
      verdicts: 7,
      globalPolicy: { file: "/p.json", digest },
      brokenPolicies: new Set(["/p/a.json"]),
    };
    metrics.watch(state);
    const values = async () =>
      Promise.all(
        [
          ...["runtime_up", "connections", "verifications_active", "verifications_waiting"],
          ...["evidence_files", "evidence_bytes", "policies_broken", "verdicts_remembered"],
        ].map(async (name) =>
          Number((await linesStarting(metrics, `countersign_${name} `))[0]?.split(" ")[1]),
        ),
      );
    assert.deepEqual(await values(), [1, 2, 3, 4, 5, 6, 1, 7]);
    state.runtimeAway = "it is away";
    state.connections = 0;
    assert.deepEqual((await values()).slice(0, 2), [0, 0]);
  });

  const hashes: readonly (readonly [
    why: string,
    digest: Digest | undefined,
    broken: readonly string[],
    hash: number,
  ])[] = [
    ["tells policies apart by a number", digest, [], 0x2d711642b726],
    ["has none for a policy that was never read", undefined, [], 0],
    ["has none for a policy that cannot be used any more", digest, ["/p.json"], 0],
    ["has it whatever becomes of a namespace's own", digest, ["/p/a.json"], 0x2d711642b726],
  ];
  for (const [why, read, broken, hash] of hashes) {
    it(why, async () => {
      const metrics = gatewayMetrics();
      const globalPolicy = { file: "/p.json", digest: read };
      metrics.watch({ ...ready, globalPolicy, brokenPolicies: new Set(broken) });
      assert.deepEqual(await linesStarting(metrics, "countersign_policy_hash"), [
        `countersign_policy_hash ${hash}`,
      ]);
    });
  }

  it("has no label that a stranger can choose", async () => {
    const metrics = gatewayMetrics();
    metrics.recorder.begin("PullImage")({
      ...allowed,
      image: "stranger",
      namespace: "stranger",
      message: "stranger",
    });
    assert.doesNotMatch(await metrics.registry.metrics(), /stranger/);
  });
});

describe("reasonsNotReady", () => {
  const rows: readonly (readonly [what: string, state: Partial<GatewayState>, reasons: readonly string[]])[] =
    [
      ["are none when pods can start", {}, []],
      [
        "name the socket that is gone",
        { socketGone: "/run/cri.sock" },
        ["somebody removed the socket /run/cri.sock; restart the gateway, which makes it again"],
      ],
      ["name the runtime that is away", { runtimeAway: "it is away" }, ["it is away"]],
      [
        "name the policy for all",
        { brokenPolicies: new Set(["/p.json"]) },
        ["policy /p.json cannot be used; images under it are refused"],
      ],
      ["leave out one namespace's policy", { brokenPolicies: new Set(["/p/team.json"]) }, []],
    ];
  for (const [what, state, reasons] of rows)
    it(what, () => assert.deepEqual(reasonsNotReady({ ...ready, ...state }), reasons));
});

describe("serveMetrics", () => {
  const pages = {
    contentType: "text/plain; version=0.0.4",
    metrics: async () => "a 1\n",
    reasonsNotReady: () => [],
  };

  const rows: readonly (readonly [
    why: string,
    path: string,
    method: string,
    status: number,
    body: RegExp,
  ])[] = [
    ["gives the metrics", "/metrics", "GET", 200, /^a 1\n$/],
    ["says that it lives", "/healthz", "GET", 200, /^ok\n$/],
    ["says that it is ready", "/readyz", "GET", 200, /^ready\n$/],
    ["says where to look", "/", "GET", 404, /try \/metrics/],
    ["takes no orders", "/metrics", "POST", 405, /not allowed/],
  ];
  for (const [why, path, method, status, body] of rows) {
    it(why, async () => {
      const server = await serveMetrics({ host: "127.0.0.1", port: 0 }, pages);
      const { host, port } = server.address;
      const answer = await fetch(`http://${host}:${port}${path}`, { method });
      assert.equal(answer.status, status);
      assert.match(await answer.text(), body);
      await server.close();
    });
  }

  it("says why it is not ready, and lives all the same", async () => {
    const reasonsNotReady = () => ["container runtime unix:///r.sock is unavailable", "policy /p is broken"];
    const server = await serveMetrics({ host: "127.0.0.1", port: 0 }, { ...pages, reasonsNotReady });
    const ask = (path: string) => fetch(`http://127.0.0.1:${server.address.port}${path}`);
    const answer = await ask("/readyz");
    assert.equal(answer.status, 503);
    assert.equal(
      await answer.text(),
      "not ready: container runtime unix:///r.sock is unavailable\nnot ready: policy /p is broken\n",
    );
    assert.equal((await ask("/healthz")).status, 200);
    await server.close();
  });

  it("shares its address with the gateway that takes over", async () => {
    const first = await serveMetrics({ host: "127.0.0.1", port: 0 }, pages, "shared");
    const second = await serveMetrics(first.address, pages, "shared");
    await first.close();
    const answer = await fetch(`http://127.0.0.1:${second.address.port}/metrics`);
    assert.equal(await answer.text(), "a 1\n");
    await second.close();
  });

  for (const sharing of ["alone", "shared"] as const) {
    it(`refuses an address that another has, ${sharing}`, async () => {
      const first = await serveMetrics({ host: "127.0.0.1", port: 0 }, pages, sharing);
      await assert.rejects(serveMetrics(first.address, pages), {
        code: "CONFIG_INVALID",
        message: /^--metrics 127\.0\.0\.1:\d+: cannot listen there .*EADDRINUSE.*choose a free address/,
      });
      await first.close();
    });
  }

  it("names the address it cannot have", async () => {
    const occupant = createServer();
    await once(occupant.listen(0, "127.0.0.1"), "listening");
    const { port } = occupant.address() as AddressInfo;
    await assert.rejects(serveMetrics({ host: "127.0.0.1", port }, pages), {
      code: "CONFIG_INVALID",
      message: /^--metrics 127\.0\.0\.1:\d+: cannot listen there/,
    });
    occupant.close();
  });
});
