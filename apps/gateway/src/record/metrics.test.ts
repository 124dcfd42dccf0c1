import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import type { Decision } from "./decision.ts";
import { gatewayMetrics } from "./metrics.ts";
import { serveMetrics } from "./metrics-server.ts";

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

async function linesStarting(metrics: ReturnType<typeof gatewayMetrics>, name: string): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return text.split("\n").filter((line) => line.startsWith(name));
}

describe("gatewayMetrics", () => {
  it("counts decisions by what was decided, by which policy, and why", async () => {
    const metrics = gatewayMetrics();
    metrics.recorder.begin("PullImage")(allowed);
    metrics.recorder.begin("PullImage")({ ...allowed, decision: "denied", code: "SIGNATURE_MISSING" });
    metrics.recorder.begin("PullImage")({
      ...allowed,
      decision: "undecided",
      code: "NAMESPACE_INVALID",
      policy: undefined,
    });
    assert.deepEqual(await linesStarting(metrics, "countersign_decisions_total"), [
      'countersign_decisions_total{call="PullImage",decision="allowed",policy="namespaced",code="ALLOWED"} 1',
      'countersign_decisions_total{call="PullImage",decision="denied",policy="namespaced",code="SIGNATURE_MISSING"} 1',
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

describe("serveMetrics", () => {
  const pages = {
    contentType: "text/plain; version=0.0.4",
    metrics: async () => "a 1\n",
    healthy: () => true,
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

  it("says when it drains", async () => {
    const server = await serveMetrics({ host: "127.0.0.1", port: 0 }, { ...pages, healthy: () => false });
    const answer = await fetch(`http://127.0.0.1:${server.address.port}/healthz`);
    assert.equal(answer.status, 503);
    await answer.text();
    await server.close();
  });

  it("names the address it cannot have", async () => {
    const first = await serveMetrics({ host: "127.0.0.1", port: 0 }, pages);
    await assert.rejects(serveMetrics(first.address, pages), {
      code: "CONFIG_INVALID",
      message: /^--metrics 127\.0\.0\.1:\d+: cannot listen there/,
    });
    await first.close();
  });
});
