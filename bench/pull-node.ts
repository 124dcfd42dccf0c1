import { type CriClient, connectCri } from "@countersign/testkit/cri-client/cri-client";
import { type Containerd, startContainerd } from "../e2e/peers/containerd.ts";
import { pushBusybox } from "../e2e/peers/images.ts";
import type { PushedImage } from "../e2e/peers/pushed-image.ts";
import { startRegistry } from "../e2e/peers/registry.ts";
import { makeScratch } from "../e2e/peers/scratch.ts";
import { cosignSign, makeKeyPair } from "../e2e/peers/signing.ts";
import { policyFor, signedBy, writeTrustFiles } from "../e2e/peers/trust-files.ts";
import { startGatewayProcess } from "./gateway-process.ts";

/** A real registry, a real containerd 2.1, and the released gateway, with one signed image to pull. */
export interface PullNode extends AsyncDisposable {
  readonly image: PushedImage;
  readonly throughGateway: CriClient;
  readonly straight: CriClient;
  readonly runtime: Containerd;
}

/** @param size - bytes that do not compress, besides a busybox */
export async function startPullNode(size: number): Promise<PullNode> {
  await using starting = new AsyncDisposableStack();
  const scratch = await makeScratch("bench-pull");
  starting.defer(() => scratch.remove());
  const registry = await startRegistry();
  starting.defer(() => registry.close());
  const image = await pushBusybox(registry.host, "signed/app:v1", size);
  const pause = await pushBusybox(registry.host, "pause:bench");
  const key = await makeKeyPair(scratch.path, "release");
  await cosignSign(image, key);
  const policy = policyFor({ [`${registry.host}/signed`]: [signedBy(key)] });
  const trust = await writeTrustFiles(scratch.path, [registry.host], policy);
  const containerd = await startContainerd("2.1", pause.reference);
  starting.defer(() => containerd.close());
  const gateway = await startGatewayProcess(containerd.socket, trust);
  starting.defer(() => gateway.close());
  const straight = starting.use(connectCri(containerd.socket));
  const throughGateway = starting.use(connectCri(gateway.socket));
  const started = starting.move();
  return {
    image,
    straight,
    throughGateway,
    runtime: containerd,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
