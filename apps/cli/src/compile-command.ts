import { type Command, Option } from "commander";
import { eachOnce, examples, outputFlag, repeated } from "./command-parts.ts";
import type { Terminal } from "./terminal.ts";

/** `countersign compile`: cluster resources to node files, without a cluster. */
export function addCompileCommand(program: Command, io: Terminal): void {
  const command = program
    .command("compile")
    .summary("what would nodes make of these cluster policies?")
    .description(
      "Compiles policy resources to the files that nodes would have, and says what of them cannot be enforced there. Reads ClusterImagePolicy and TrustRoot (policy.sigstore.dev), ImagePolicy (policy.countersign.dev), OpenShift's ClusterImagePolicy and ImagePolicy, and the Secrets, ConfigMaps and Namespaces that they refer to; objects of other kinds are passed over, and counted. Exits 0 if all of it is enforced as it is written, 1 if something is not, 2 if a resource is not valid (every fault of all of them is told) or for wrong usage, 3 if it cannot be found out.",
    )
    .addOption(
      repeated(
        "-f, --filename <-|file|dir...>",
        "YAML or JSON with resources: files, *.yaml, *.yml and *.json of directories, - for standard input",
      ).makeOptionMandatory(),
    )
    .addOption(
      new Option("--target <target>", "who enforces them").choices(["gateway", "crio"]).default("gateway"),
    )
    .option("--out <dir>", "write the files there; default: only say which there would be")
    .option(
      "--public-trusted-root <file>",
      "trusted_root.json of the public Sigstore, for keyless authorities without a TrustRoot",
    )
    .option(
      "--system-namespace <name>",
      "where Secrets and ConfigMaps are that policies refer to",
      "countersign-system",
    )
    .addOption(
      new Option("--unmatched <what>", "what becomes of an image that no cluster policy matches")
        .choices(["deny", "warn", "allow"])
        .default("deny"),
    )
    .addOption(outputFlag())
    .addHelpText(
      "after",
      examples([
        "countersign compile -f policies.yaml --out node/",
        "countersign compile -f policies/ keys.yaml --target crio --output json",
        "kustomize build . | countersign compile -f -",
      ]),
    );
  eachOnce(command, ["filename"]).action(async (flags) =>
    (await import("./commands/compile.ts")).compile(flags, io),
  );
}
