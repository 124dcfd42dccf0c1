import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type GatewayConfig, parseGatewayConfig } from "@countersign/gateway/config";
import { main } from "../apps/cli/src/main.ts";
import { recordingTerminal } from "../apps/cli/src/terminal.ts";

/** What deploy/systemd says must agree with itself and with the program. e2e/scenarios/handover.test.ts runs it. */
const read = (name: string) => readFileSync(join(import.meta.dirname, "../deploy/systemd", name), "utf8");

/** Directives by name, each with its values in order. */
function parseUnit(text: string): ReadonlyMap<string, readonly string[]> {
  const directives = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, name = "", value = ""] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (name !== "") directives.set(name, [...(directives.get(name) ?? []), value]);
    else assert.match(line, /^(#.*|\[(Unit|Socket|Service|Install)\])?$/);
  }
  return directives;
}

const service = parseUnit(read("countersign-gateway@.service"));
const socket = parseUnit(read("countersign-gateway.socket"));
const flags = /^COUNTERSIGN_FLAGS=(.*)$/m.exec(read("gateway.env"))?.[1] ?? "";

/** the line to take instead where sync runs */
const flagsBesideSync = /^#COUNTERSIGN_FLAGS=(.*)$/m.exec(read("gateway.env"))?.[1] ?? "";

function config(given = flags): GatewayConfig {
  const [command = ""] = service.get("ExecStart") ?? [];
  const [, ...argv] = command.replace("$COUNTERSIGN_FLAGS", given).split(" ");
  assert.equal(argv.shift(), "gateway");
  return parseGatewayConfig(argv);
}

const minutes = (text: string | undefined) => Number(/^(\d+)min$/.exec(text ?? "")?.[1]) * 60_000;

describe("deploy/systemd", () => {
  it("starts the gateway with flags that it has", () =>
    assert.equal(config().runtimeEndpoint.path, "/run/containerd/containerd.sock"));

  it("has flags for nodes on which sync runs, which name what it writes by default, and else are the same", async () => {
    const io = recordingTerminal();
    await main(["sync", "--help"], io);
    const help = io.said.out.replace(/\s+/g, " ");
    const beside = config(flagsBesideSync);
    for (const path of [beside.knownNamespaces, beside.signaturePolicyDir, beside.signaturePolicy])
      assert.match(help, new RegExp(`default: "?${path}\\b`));
    assert.deepEqual({ ...beside, knownNamespaces: undefined }, config());
  });

  it("has no gateway wait for a sync that does not run", () =>
    assert.equal(config().knownNamespaces, undefined));

  it("has one socket, where the gateway says that it is", () => {
    assert.deepEqual(socket.get("ListenStream"), [config().listen.path]);
    assert.deepEqual(service.get("Sockets"), ["countersign-gateway.socket"]);
    assert.deepEqual(socket.get("Service"), ["countersign-gateway@main.service"]);
  });

  it("lets the gateway end by itself before systemd ends it", () =>
    assert.ok(minutes(service.get("TimeoutStopSec")?.[0]) > config().handoverTimeout));

  it("makes callers wait for less than a kubelet does, which is five seconds", () =>
    assert.ok(config().drainTimeout <= 3000));

  it("may write where evidence is kept, and nowhere else", () => {
    assert.equal(config().evidenceDir, `/var/lib/${service.get("StateDirectory")?.[0]}/evidence`);
    assert.deepEqual(service.get("ProtectSystem"), ["strict"]);
    assert.equal(service.get("ReadWritePaths"), undefined);
  });

  it("has the directory of policies that the flags name", () => {
    const directories = service.get("ConfigurationDirectory")?.[0]?.split(" ") ?? [];
    assert.ok(directories.map((name) => `/etc/${name}`).includes(config().signaturePolicyDir ?? ""));
  });

  it("never gives up", () => {
    assert.deepEqual(service.get("Restart"), ["always"]);
    assert.deepEqual(service.get("StartLimitIntervalSec"), ["0"]);
    assert.deepEqual(socket.get("TriggerLimitIntervalSec"), ["0"]);
  });
});
