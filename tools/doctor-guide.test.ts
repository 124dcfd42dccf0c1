import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { checks, examineNode } from "@countersign/gateway/doctor/examine-node";
import { filesBelow } from "@countersign/gateway/doctor/node/files-below";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";

const guide = (page: string): string =>
  readFileSync(join(import.meta.dirname, `../docs/guide/${page}`), "utf8");

it("docs/guide/doctor.md has every check of the doctor, in its order, and no other", () => {
  const documented = [...guide("doctor.md").matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, check]) => check);
  assert.deepEqual(documented, Object.keys(checks));
});

it("the doctor has nothing against the unit that docs/guide/gateway.md shows", async () => {
  using root = temporaryRoot();
  const [, unit = ""] = /^```ini\n([\s\S]*?)^```$/m.exec(guide("gateway.md")) ?? [];
  root.write("etc/systemd/system/countersign-gateway.service", unit);
  root.write("etc/systemd/system/kubelet.service.wants/countersign-gateway.service", "");
  const findings = await examineNode({ files: filesBelow(root.path), live: undefined, clock: Date });
  const ofGateway = findings.filter(({ check }) => check === "gateway-setup" || check === "gateway-unit");
  assert.deepEqual(
    ofGateway.map(({ check, status }) => [check, status]),
    [
      ["gateway-setup", "ok"],
      ["gateway-unit", "ok"],
    ],
  );
});

it("the doctor has nothing against the units of deploy/systemd", async () => {
  using root = temporaryRoot();
  const name = "countersign-gateway@.service";
  const unit = readFileSync(join(import.meta.dirname, "../deploy/systemd", name), "utf8");
  root.write(`etc/systemd/system/${name}`, unit);
  root.write("etc/systemd/system/multi-user.target.wants/countersign-gateway@main.service", "");
  const findings = await examineNode({ files: filesBelow(root.path), live: undefined, clock: Date });
  assert.deepEqual(
    findings.filter(({ check }) => check === "gateway-unit").map(({ status }) => status),
    ["ok"],
  );
});
