import { join } from "node:path";
import { storeImage, tinyImage } from "@countersign/testkit/registry/images";
import { registryStore } from "@countersign/testkit/registry/registry-store";
import { bundledCountersign } from "../e2e/peers/bundled-countersign.ts";
import { pushStored } from "../e2e/peers/push.ts";
import type { PushedImage } from "../e2e/peers/pushed-image.ts";
import { startRegistry } from "../e2e/peers/registry.ts";
import { makeScratch } from "../e2e/peers/scratch.ts";
import { cosignSign, makeKeyPair } from "../e2e/peers/signing.ts";
import { policyFor, signedBy, writeTrustFiles } from "../e2e/peers/trust-files.ts";
import { type Effort, rounds } from "./effort.ts";
import { inTurn, timed } from "./in-turn.ts";
import { peerCommand, peersMissing } from "./peers.ts";
import { type Command, runToEnd, succeed } from "./process.ts";
import { type BenchRow, notMeasured } from "./row.ts";
import { median, rounded } from "./statistics.ts";

const peer = "cosign verify, skopeo copy";
const target = "ahead of both";

/** Whole processes, from start to exit status, over the same key-signed image on the same registry. */
export async function run(effort: Effort): Promise<BenchRow> {
  const missing = peersMissing();
  if (missing !== undefined) return notMeasured("verify-process", peer, target, missing);
  await using closing = new AsyncDisposableStack();
  const scratch = await makeScratch("verify");
  closing.defer(() => scratch.remove());
  const registry = await startRegistry();
  closing.defer(() => registry.close());
  const key = await makeKeyPair(scratch.path, "release");
  const signed = await pushTiny(registry.host, "signed");
  const unsigned = await pushTiny(registry.host, "unsigned");
  await cosignSign(signed, key);
  const trust = await writeTrustFiles(
    scratch.path,
    [registry.host],
    policyFor({ [registry.host]: [signedBy(key)] }),
  );
  const countersign = await bundledCountersign();
  const home = { HOME: scratch.path };

  const commands: readonly ((image: PushedImage) => Command)[] = [
    ({ reference }) => [
      ...([countersign, "verify", "--signature-policy", trust.policy] as const),
      ...["--registries-conf", trust.registriesConf, "--registries-d", trust.registriesD, reference],
    ],
    ({ reference }) => [
      ...peerCommand("cosign"),
      ...["verify", "--key", key.publicKey, "--insecure-ignore-tlog=true", "--offline=true"],
      ...["--new-bundle-format=false", reference],
    ],
    ({ reference }) => [
      ...peerCommand("skopeo"),
      ...["--policy", trust.policy, "--registries.d", trust.registriesD, "copy", "--src-tls-verify=false"],
      ...[`docker://${reference}`, `dir:${join(scratch.path, "copied")}`],
    ],
  ];
  for (const command of commands) {
    if ((await runToEnd(command(unsigned), home)).status === 0) {
      throw new Error(`${command(unsigned).join(" ")} accepts an unsigned image`);
    }
  }
  const contestants = commands.map((command) => () => timed(() => succeed(command(signed), home)));
  const [ours, cosign, skopeo] = (await inTurn(contestants, rounds(effort, 25), 3)).map(median);
  const [value, ...peers] = [ours, cosign, skopeo].map((time) => rounded(time ?? Number.NaN, 1));
  const best = Math.min(...peers);
  return {
    id: "verify-process",
    value: value ?? null,
    unit: "ms",
    peer: "the faster of both",
    peerValue: best,
    ratio: rounded((value ?? Number.NaN) / best, 2),
    target,
    reached: (value ?? Number.NaN) < best,
    note: `whole process, bundled, a tiny image; cosign verify ${peers[0]} ms, skopeo copy ${peers[1]} ms`,
  };
}

async function pushTiny(host: string, repository: string): Promise<PushedImage> {
  const store = registryStore();
  const image = storeImage(store, repository, { ...tinyImage, files: { name: repository } }, "v1");
  await pushStored(host, store, repository, image, "v1");
  return {
    reference: `${host}/${repository}:v1`,
    repository: `${host}/${repository}`,
    digest: image.digest,
    id: "",
  };
}
