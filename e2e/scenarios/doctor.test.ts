import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { containerdConfig } from "../peers/containerd-config.ts";
import { countersign, gatewayArguments } from "../peers/gateway.ts";
import { inNewerSuite, run } from "../peers/programs.ts";
import { makeScratch, type Scratch } from "../peers/scratch.ts";
import { policyFor, type TrustFiles, writeTrustFiles } from "../peers/trust-files.ts";

interface Finding {
  readonly check: string;
  readonly status: string;
  readonly found: string;
}

/** A node in namespaces of its own: a real containerd, a real gateway, and something that is called kubelet. */
describe("countersign doctor on a node that runs", () => {
  let scratch: Scratch;
  let trust: TrustFiles;
  const at = (name: string) => join(scratch.path, name);

  before(async () => {
    scratch = await makeScratch("doctor");
    trust = await writeTrustFiles(scratch.path, [], policyFor({}));
    await mkdir(at("cni"));
    const config = containerdConfig({
      version: "2.1",
      directory: scratch.path,
      socket: at("containerd.sock"),
      pauseImage: `registry.example/pause@sha256:${"0".repeat(64)}`,
      registryConfigPath: undefined,
    });
    await writeFile(at("config.toml"), config);
  });
  after(() => scratch?.remove());

  /** Starts all of it, and asks the doctor once the sockets are there. When the script ends, so does everything. */
  async function examine(kubeletEndpoint: string) {
    const gateway = gatewayArguments(at("cri.sock"), at("containerd.sock"), trust);
    const script = `
      rm -f ${at("*.sock")}
      containerd --config ${at("config.toml")} >${at("containerd.log")} 2>&1 &
      ${countersign} ${gateway.join(" ")} >${at("gateway.log")} 2>&1 &
      (exec -a /usr/bin/kubelet bash -c 'sleep 1000; :' --container-runtime-endpoint=unix://${kubeletEndpoint}) &
      for i in $(seq 1500); do [ -S ${at("containerd.sock")} ] && [ -S ${at("cri.sock")} ] && break; sleep 0.02; done
      ${countersign} doctor --output json
      echo "exit $?"
    `;
    const printed = await run("unshare", [
      ...["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"],
      ...[inNewerSuite, "bash", "-c", script],
    ]);
    const [json = "", exitCode] = printed.split(/^exit /m);
    const findings: readonly Finding[] = JSON.parse(json);
    return {
      exitCode: Number(exitCode),
      of: (check: string) =>
        findings.filter((one) => one.check === check).map(({ status, found }) => `${status}: ${found}`),
    };
  }

  it("finds the gateway, who is behind it, and a kubelet that uses it", async () => {
    const { of } = await examine(at("cri.sock"));
    const [setup = ""] = of("gateway-setup");
    assert.match(
      setup,
      /^ok: The gateway \(process \d+\) serves unix:.*\/cri\.sock in front of unix:.*\/containerd\.sock\.$/,
    );
    assert.match(
      String(of("gateway-answers")),
      /^ok: .*\/cri\.sock answers, with containerd v?2\.1\.\S+ behind it\.$/,
    );
    assert.match(
      String(of("kubelet-endpoint")),
      /^ok: The kubelet uses unix:.*\/cri\.sock, says process \d+\.$/,
    );
    assert.deepEqual(of("runtime-socket"), [`ok: Only root can open ${at("containerd.sock")} (mode 0660).`]);
    assert.match(String(of("pause-image")), /^ok: /);
    assert.match(String(of("gateway-unit")), /^warning: The gateway \(process \d+\) has no systemd unit\.$/);
  });

  it("finds a kubelet that goes past it, and ends with 1", async () => {
    const { of, exitCode } = await examine(at("containerd.sock"));
    assert.match(
      String(of("kubelet-endpoint")),
      /^problem: process \d+: the kubelet's runtime is unix:.*containerd\.sock\.$/,
    );
    assert.equal(exitCode, 1);
  });
});
