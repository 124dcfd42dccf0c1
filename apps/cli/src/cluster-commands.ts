import { type Command, Option } from "commander";
import { eachOnce, examples, repeated } from "./command-parts.ts";
import type { Terminal } from "./terminal.ts";

/** `countersign controller` and `sync`: a cluster's policies from resources to nodes. */
export function addClusterCommands(program: Command, io: Terminal): void {
  const controller = programFlags(
    program
      .command("controller")
      .summary("publish a cluster's policies to its nodes")
      .description(
        "Follows ClusterImagePolicy, ImagePolicy, TrustRoot and what they refer to, compiles them, and publishes them as ConfigMaps in its namespace; says in their status what became of them. Of several controllers one leads, by a Lease. Runs until SIGTERM.",
      ),
  )
    .addOption(unmatchedFlag())
    .option(
      "--public-trusted-root <file>",
      "trusted_root.json of the public Sigstore, for keyless authorities without a TrustRoot",
    )
    .option(
      "--kms-command <program>",
      "run for keys in a KMS with their URI as its argument; prints the public key as PEM",
    )
    .option(
      "--fetch-remote-policies",
      "fetch the policies that authorities name by https address and checksum",
    )
    .addHelpText(
      "after",
      examples([
        "countersign controller --metrics :9466   # in a pod, as its service account",
        "countersign controller --kubeconfig ~/.kube/config --unmatched warn",
        "countersign controller --kms-command /usr/local/bin/export-key",
      ]),
    );
  eachOnce(controller).action(async (flags) =>
    (await import("./commands/controller.ts")).controller(flags, io),
  );

  const sync = programFlags(
    program
      .command("sync")
      .summary("keep this node's policy files as the cluster says")
      .description(
        "Follows what the controller published and writes it to files for the gateway or for CRI-O's own check; touches no file of anybody else's, takes nothing older than it has, and keeps what it has while the API server is away. Runs until SIGTERM.",
      ),
  )
    .addOption(
      new Option("--target <target>", "who reads them").choices(["gateway", "crio"]).makeOptionMandatory(),
    )
    .option("--node-name <name>", "this node's, as the cluster knows it; default: NODE_NAME")
    .option("--signature-policy <file>", "what holds for all", "/etc/containers/policy.json")
    .option(
      "--signature-policy-dir <dir>",
      "<dir>/<namespace>.json for namespaces with policies of their own; default: /etc/countersign/policies, for CRI-O /etc/crio/policies",
    )
    .option(
      "--registries-d <dir>",
      "registries.d(5): where it is said that signatures are beside images",
      "/etc/containers/registries.d",
    )
    .option(
      "--known-namespaces <file>",
      "which namespaces' policies are on the node, for the gateway's flag of that name",
      "/var/lib/countersign/sync/namespaces.json",
    )
    .option(
      "--state-dir <dir>",
      "in <dir>/<target>: what was fetched, and which files are its own",
      "/var/lib/countersign/sync",
    )
    .addOption(
      repeated(
        "--adopt <file>",
        "take over this file that somebody else wrote; of the list of another sync that is no more, all it names",
      ),
    )
    .option("--once", "end as soon as what is published is applied")
    .option("--timeout <seconds>", "with --once: how long to try", "60")
    .addHelpText(
      "after",
      examples([
        "countersign sync --target crio --metrics 127.0.0.1:9467   # in a pod of a DaemonSet, with NODE_NAME",
        "countersign sync --target gateway --adopt /etc/containers/policy.json   # likewise",
        "countersign sync --target crio --adopt /var/lib/countersign/sync/gateway/owned-files.json   # it was for the gateway",
        "countersign sync --target gateway --node-name $(hostname) --kubeconfig /etc/countersign/kubeconfig --once",
        "  # on the node itself; the kubeconfig is of the service account countersign-sync: a kubelet's own may not read policies",
      ]),
    );
  eachOnce(sync, ["adopt"]).action(async (flags) => (await import("./commands/sync.ts")).sync(flags, io));
}

function unmatchedFlag(): Option {
  return new Option("--unmatched <what>", "what becomes of an image that no cluster policy matches")
    .choices(["deny", "warn", "allow"])
    .default("deny");
}

function programFlags(command: Command): Command {
  return command
    .option("--kubeconfig <file>", "how to reach the API server; default: as the pod that this runs in")
    .option(
      "--system-namespace <name>",
      "where policies are published, and Secrets and ConfigMaps are that they refer to",
      "countersign-system",
    )
    .option("--metrics <host:port>", "serve /metrics, /healthz and /readyz there over plain HTTP")
    .addOption(
      new Option("--log-level <level>", "what to log")
        .choices(["trace", "debug", "info", "warn", "error", "fatal"])
        .default("info"),
    );
}
