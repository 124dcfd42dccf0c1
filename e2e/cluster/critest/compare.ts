import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { writeHostsToml } from "../../peers/mirror.ts";
import { startNode, type TestNode } from "../../peers/node.ts";
import { newerProgram, run } from "../../peers/programs.ts";
import { makeScratch } from "../../peers/scratch.ts";
import { cosignSign } from "../../peers/signing.ts";
import { acceptAnything, signedBy, writePolicy } from "../../peers/trust-files.ts";
import { layPodNetwork } from "../pod-network.ts";
import { runCritest, type SpecResults } from "./run-critest.ts";
import { localName, publicRegistries, pushStandIns, standIns } from "./stand-ins.ts";

/** What is in front of the runtime, from nothing to a policy under which every image needs a signature. */
const sides = ["straight", "allow-all", "strict"] as const;
type Side = (typeof sides)[number];

/**
 * Runs critest against containerd, through the gateway with a policy that lets everything in, and through it with one
 * that wants every image signed; prints which specs end otherwise than straight. Gives the exit status.
 * @param flags - Ginkgo's, to run a part of it
 */
export async function compareCritest(flags: readonly string[]): Promise<number> {
  const directory = process.env["CRITEST_REPORTS"] ?? (await makeScratch("critest")).path;
  await mkdir(directory, { recursive: true });
  const results = new Map<Side, SpecResults>();
  for (const side of sides) {
    const started = performance.now();
    const specs = await playSide(side, directory, flags);
    results.set(side, specs);
    const minutes = ((performance.now() - started) / 60_000).toFixed(1);
    process.stdout.write(`critest ${side}: ${summary(specs)}, ${minutes} min\n`);
  }
  const straight = results.get("straight") ?? new Map();
  const differences = sides.flatMap((side) =>
    differencesFrom(straight, results.get(side) ?? new Map(), side),
  );
  process.stdout.write(differences.map((line) => `${line}\n`).join(""));
  process.stdout.write(`reports and logs: ${directory}\n`);
  if (![...straight.values()].includes("passed")) return 1;
  return differences.length === 0 ? 0 : 1;
}

/** Each side has a runtime with nothing in it. */
async function playSide(side: Side, directory: string, flags: readonly string[]): Promise<SpecResults> {
  const node = await startNode("2.1", "by hosts.toml");
  const network = await layPodNetwork(node.runtime.networkDirectory);
  try {
    const { host } = node.registry;
    await pushStandIns(host);
    for (const registry of publicRegistries) {
      const mirror = `[host."http://${host}"]\ncapabilities = ["pull", "resolve"]\n`;
      await writeHostsToml(join(node.directory, "certs.d"), registry, mirror);
    }
    if (side === "strict") await signStandIns(node);
    const requirement = side === "strict" ? signedBy(node.key) : acceptAnything;
    await writePolicy(node.trust.policy, { default: [requirement] });
    const { socket } = side === "straight" ? node.runtime : node.gateway;
    return await runCritest(socket, directory, side, flags);
  } finally {
    await node.close();
    await network.close();
  }
}

/** By the key of the node's policy, each under its public name. */
async function signStandIns({ registry, key }: TestNode): Promise<void> {
  for (const { name } of standIns) {
    const reference = localName(registry.host, name);
    const repository = reference.slice(0, reference.lastIndexOf(":"));
    const digest = (await run(newerProgram("crane"), ["digest", reference])).trim();
    await cosignSign({ reference, repository, digest, id: "" }, key, { identity: name });
  }
}

function summary(specs: SpecResults): string {
  const counts = Map.groupBy(specs.values(), (state) => state);
  return [...counts].map(([state, all]) => `${all.length} ${state}`).join(", ");
}

function differencesFrom(straight: SpecResults, specs: SpecResults, side: Side): readonly string[] {
  const names = [...new Set([...straight.keys(), ...specs.keys()])];
  return names
    .filter((name) => straight.get(name) !== specs.get(name))
    .map((name) => `${name}: ${straight.get(name)} straight, ${specs.get(name)} ${side}`);
}
