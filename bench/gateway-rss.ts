import { join } from "node:path";
import { connectCri } from "@countersign/testkit/cri-client/cri-client";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { startRuntime } from "@countersign/testkit/runtime/runtime";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { makeScratch } from "../e2e/peers/scratch.ts";
import { writeTrustFiles } from "../e2e/peers/trust-files.ts";
import { containerdMegabytes } from "./containerd-memory.ts";
import type { Effort } from "./effort.ts";
import { startGatewayProcess } from "./gateway-process.ts";
import { residentMegabytes } from "./process.ts";
import type { BenchRow } from "./row.ts";
import { rounded } from "./statistics.ts";

const atOnce = 16;
const kit = createSigningKit();
const key = kit.key("rss");

/** Resident memory of the released gateway: when it has started, and when it has judged 10,000 different images. */
export async function run(effort: Effort): Promise<BenchRow> {
  const images = effort === "full" ? 10_000 : 100;
  await using closing = new AsyncDisposableStack();
  const scratch = await makeScratch("bench-rss");
  closing.defer(() => scratch.remove());
  const registry = closing.use(await startRegistry());
  const runtime = closing.use(await startRuntime({ socket: join(scratch.path, "runtime.sock") }));
  const trust = await writeTrustFiles(scratch.path, [registry.address], {
    default: [{ type: "sigstoreSigned", keyData: Buffer.from(key.publicKeyPem).toString("base64") }],
  });
  const gateway = await startGatewayProcess(runtime.socket, trust);
  closing.defer(() => gateway.close());
  const client = closing.use(connectCri(gateway.socket));
  await client.version({});
  const idle = await residentMegabytes(gateway.pid);
  let next = 0;
  const pullUntilDone = async () => {
    for (let at = next++; at < images; at = next++) {
      const image = pushSigned(registry, `app${at}`);
      await client.pullImage({ image: { image } });
      // The test runtime looks for an image among all its names.
      runtime.images.remove(image);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, pullUntilDone));
  const after = await residentMegabytes(gateway.pid);
  const containerd = await containerdMegabytes();
  return {
    id: "gateway-rss",
    value: rounded(idle, 1),
    unit: "MB",
    peer: containerd === undefined ? "containerd 2.1, not installed" : "containerd 2.1",
    peerValue: containerd === undefined ? null : rounded(containerd, 1),
    ratio: containerd === undefined ? null : rounded(idle / containerd, 2),
    target: "≤ 70 MB idle, ≤ 120 MB after 10,000 images",
    reached: idle <= 70 && after <= 120,
    note: `resident when idle; after ${images} different images, ${atOnce} at a time: ${rounded(after, 1)} MB`,
  };
}

/** All the same but for their command, so that each has a digest and a signature of its own. */
function pushSigned(registry: TestRegistry, repository: string): string {
  const name = `${repository}:v1`;
  const { digest } = registry.image(name, { command: [repository] });
  const reference = `${registry.address}/${name}`;
  registry.attachSignatures(repository, digest, [kit.sign(key, { digest, reference })]);
  return reference;
}
