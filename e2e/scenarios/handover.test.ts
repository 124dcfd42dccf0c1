import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type CriClient, connectCri } from "@countersign/testkit/cri-client/cri-client";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { startRuntime, type TestRuntime } from "@countersign/testkit/runtime/runtime";
import { hangs, waitsFor } from "@countersign/testkit/runtime/runtime-faults";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { startLoad } from "../peers/load.ts";
import { deployedUnits, type SystemdMachine, startSystemdMachine } from "../peers/systemd.ts";

const kit = createSigningKit();
const key = kit.key("release");
const restarts = 20;
const main = "countersign-gateway@main";
const relief = "countersign-gateway@relief";

describe("under systemd, by the units of deploy/systemd,", () => {
  let machine: SystemdMachine;
  let registry: TestRegistry;
  let runtime: TestRuntime;
  let kubelet: CriClient;

  before(async () => {
    registry = await startRegistry();
    const { address } = registry;
    const keyData = Buffer.from(key.publicKeyPem).toString("base64");
    machine = await startSystemdMachine({
      "policy.json": JSON.stringify({
        default: [{ type: "insecureAcceptAnything" }],
        transports: { docker: { [`${address}/signed`]: [{ type: "sigstoreSigned", keyData }] } },
      }),
      "registries.conf": `[[registry]]\nlocation = "${address}"\ninsecure = true\n`,
      "registries.d/all.yaml": "default-docker:\n  use-sigstore-attachments: true\n",
    });
    runtime = await startRuntime({ socket: machine.runtimeSocket });
    await machine.systemctl("start", "countersign-gateway.socket");
    kubelet = connectCri(machine.socket);
  });
  after(async () => {
    kubelet?.close();
    await runtime?.[Symbol.asyncDispose]();
    await machine?.close();
    await registry?.[Symbol.asyncDispose]();
  });

  it("the units mean to systemd what they say", async () => {
    const units = ["countersign-gateway.socket", "countersign-gateway@main.service"];
    const complaints = await machine.run("systemd-analyze", "verify", "--man=no", ...units);
    assert.equal(complaints, "", deployedUnits);
  });

  it("a call that finds no gateway waits for one", async () => {
    assert.equal(await activeState(relief), "inactive");
    const { runtimeName } = await kubelet.version({});
    assert.equal(runtimeName, "testkit");
    assert.equal(await activeState(main), "active");
  });

  it("as little as the unit lets it do is enough to read, ask, judge and keep evidence", async () => {
    const platform = { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch };
    const { digest } = registry.image("signed/app:v1", { platform, files: { content: "app" } });
    const reference = `${registry.address}/signed/app:v1`;
    registry.attachSignatures("signed/app", digest, [kit.sign(key, { digest, reference })]);
    registry.image("signed/bad:v1", { platform, files: { content: "bad" } });
    await kubelet.pullImage({ image: { image: reference } });
    await assert.rejects(kubelet.pullImage({ image: { image: `${registry.address}/signed/bad:v1` } }), {
      code: 2,
      details: /^SignatureValidationFailed: .*no signature exists$/,
    });
    const kept = await readdir(join(machine.stateDirectory, "evidence"), { recursive: true });
    assert.ok(kept.some((name) => name.endsWith(".json")));
  });

  it("the gateway itself tells systemd that it serves, and nothing else may", async () => {
    await machine.override("[Service]\nNotifyAccess=main\n");
    await machine.systemctl("restart", main);
    assert.equal(await property("StatusText"), "serving CRI on unix:///run/countersign/cri.sock");
  });

  it("a systemd that connects no notification socket is told by systemd-notify", async () => {
    await machine.override("[Service]\nOpenFile=\n");
    await machine.systemctl("restart", main);
    assert.equal(await property("StatusText"), "serving CRI on unix:///run/countersign/cri.sock");
    await machine.override("");
  });

  it(`not one call fails while it is restarted ${restarts} times`, async () => {
    const load = startLoad([
      ...Array.from({ length: 4 }, () => () => kubelet.version({})),
      ...Array.from({ length: 4 }, () => () => kubelet.imageStatus({ image: { image: "a.example/b:c" } })),
    ]);
    for (let restart = 0; restart < restarts; restart++) {
      await load.everyCallerSees(0);
      await machine.systemctl("restart", main);
    }
    await load.everyCallerSees(0);
    const outcomes = await load.stop();
    assert.deepEqual(
      outcomes.filter(({ code }) => code !== 0),
      [],
    );
  });

  it("a call that outlasts the drain ends all the same while another gateway stands in", async () => {
    const release = Promise.withResolvers<void>();
    runtime.fail(/StopContainer$/, waitsFor(release.promise), 1);
    const arrived = runtime.next(/StopContainer$/);
    const underWay = kubelet.stopContainer({});
    await arrived;
    await machine.systemctl("start", relief);
    const restarted = machine.systemctl("restart", main);
    const longerThanTheDrain = once(AbortSignal.timeout(5000), "abort");
    const { runtimeName } = await kubelet.version({});
    assert.equal(runtimeName, "testkit");
    await longerThanTheDrain;
    release.resolve();
    await underWay;
    await restarted;
    await machine.systemctl("stop", relief);
    await kubelet.version({});
    assert.deepEqual([await activeState(main), await activeState(relief)], ["active", "inactive"]);
  });

  it("one that is killed fails the calls it had, and is there for the next", async () => {
    runtime.fail(/StopContainer$/, hangs, 1);
    const arrived = runtime.next(/StopContainer$/);
    const lost = assert.rejects(kubelet.stopContainer({}), { code: 14 });
    await arrived;
    await machine.systemctl("kill", "--signal=KILL", main);
    await lost;
    const { runtimeName } = await kubelet.version({});
    assert.equal(runtimeName, "testkit");
  });

  it("one that hangs is found out by the watchdog, and the call that waited for it is answered by the next", async () => {
    await machine.override("[Service]\nWatchdogSec=2s\n");
    await machine.systemctl("restart", main);
    const hung = await property("MainPID");
    using other = connectCri(machine.socket);
    await machine.systemctl("kill", "--signal=STOP", main);
    const { runtimeName } = await other.version({});
    assert.equal(runtimeName, "testkit");
    assert.notEqual(await property("MainPID"), hung);
    assert.equal(await property("NRestarts"), "1");
  });

  async function property(name: string): Promise<string> {
    return (await machine.systemctl("show", "--value", `--property=${name}`, main)).trim();
  }

  async function activeState(unit: string): Promise<string> {
    return (await machine.systemctl("show", "--value", "--property=ActiveState", unit)).trim();
  }
});
