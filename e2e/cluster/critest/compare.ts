import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { writeHostsToml } from "../../peers/mirror.ts";
import { startNode, type TestNode } from "../../peers/node.ts";
import { newerProgram, run } from "../../peers/programs.ts";
import { cosignSign } from "../../peers/signing.ts";
import { acceptAnything, signedBy, writePolicy } from "../../peers/trust-files.ts";
import { layPodNetwork } from "../pod-network.ts";
import { runCritest, type SpecResults } from "./run-critest.ts";
import { localName, publicRegistries, pushStandIns, standIns } from "./stand-ins.ts";

/** What is in front of the runtime, from nothing to a policy under which every image needs a signature. */
type Side = "straight" | "allow-all" | "strict";

/**
 * Runs critest against containerd, through the gateway with a policy that lets everything in, and through it with one
 * that wants every image signed; prints which specs end otherwise than straight. Those are played once more, straight
 * and through the gateway: some depend on how busy the machine is. Gives the exit status.
 * @param flags - Ginkgo's, to run a part of it
 */
export async function compareCritest(flags: readonly string[]): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "critest-"));
  process.stdout.write(`reports and logs: ${directory}\n`);
  const straight = await playSide("straight", directory, "straight", flags);
  let different = 0;
  for (const side of ["allow-all", "strict"] as const) {
    const names = differing(straight, await playSide(side, directory, side, flags));
    const again = names.length === 0 ? [] : await differAgain(names, side, directory);
    for (const name of again) process.stdout.write(`ends otherwise ${side}: ${name}\n`);
    different += again.length;
  }
  const hasPassed = [...straight.values()].includes("passed");
  process.stdout.write(`critest: ${different} specs end otherwise than straight\n`);
  return hasPassed && different === 0 ? 0 : 1;
}

async function differAgain(
  names: readonly string[],
  side: Side,
  directory: string,
): Promise<readonly string[]> {
  const focus = names.map((name) => `--ginkgo.focus=${name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}`);
  const straight = await playSide("straight", directory, `${side}-again-straight`, focus);
  return differing(straight, await playSide(side, directory, `${side}-again`, focus));
}

function differing(straight: SpecResults, specs: SpecResults): readonly string[] {
  const names = new Set([...straight.keys(), ...specs.keys()]);
  return [...names].filter((name) => straight.get(name) !== specs.get(name));
}

/** Each side has a runtime with nothing in it. */
async function playSide(
  side: Side,
  directory: string,
  name: string,
  flags: readonly string[],
): Promise<SpecResults> {
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
    const started = performance.now();
    const specs = await runCritest(socket, directory, name, flags);
    const minutes = ((performance.now() - started) / 60_000).toFixed(1);
    process.stdout.write(`critest ${name}: ${summary(specs)}, ${minutes} min\n`);
    return specs;
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
