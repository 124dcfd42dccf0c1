import { type Command, Option } from "commander";
import { authfileFlag, eachOnce, examples, registryFlags } from "./command-parts.ts";
import type { Terminal } from "./terminal.ts";

/** `countersign webhook`: the answer at `kubectl apply`. */
export function addWebhookCommand(program: Command, io: Terminal): void {
  const command = program
    .command("webhook")
    .summary("answer an API server whether what is submitted may run")
    .description(
      "An admission webhook: judges the images of pods, and of what makes pods, by the cluster's policies and by the engine of verify, and says what is wrong with a policy as it is applied. Refuses what it cannot decide. Makes, shares and renews the certificates by which it is called.",
    )
    .option("--listen <host:port>", "where API servers call it, by HTTPS", ":8443")
    .option("--kubeconfig <file>", "how to reach the API server; default: as the pod it runs in")
    .option(
      "--system-namespace <name>",
      "where it runs, and where Secrets and ConfigMaps are that policies refer to",
      "countersign-system",
    )
    .option("--service <name>", "the Service by which API servers call it", "countersign-webhook")
    .option(
      "--certificate-secret <name>",
      "the Secret in which replicas share their certificates",
      "countersign-webhook-tls",
    )
    .option(
      "--configuration <name>",
      "the webhook configurations, validating and mutating, whose caBundle it keeps right",
      "countersign",
    )
    .addOption(
      new Option("--unmatched <what>", "what becomes of an image that no cluster policy matches")
        .choices(["deny", "warn", "allow"])
        .default("deny"),
    )
    .addOption(
      new Option("--mode <mode>", "warn: let everything in, and say what would have been refused")
        .choices(["deny", "warn"])
        .default("deny"),
    )
    .addOption(
      new Option("--lockout <what>", "what becomes of a policy that would refuse what kube-system runs")
        .choices(["deny", "warn"])
        .default("warn"),
    )
    .option(
      "--platform <os/arch[/variant]>",
      "whose instance of an index is judged, where a pod names none in its nodeSelector; default: this machine's",
    )
    .option("--timeout <seconds>", "the most that an answer may take, whatever the API server allows", "25")
    .option(
      "--public-trusted-root <file>",
      "trusted_root.json of the public Sigstore, for keyless authorities without a TrustRoot",
    )
    .option("--kms-command <program>", "prints the public key of the KMS URI it is given")
    .option("--fetch-remote-policies", "fetch the texts that policies name by https address and checksum");
  registryFlags(command);
  authfileFlag(command)
    .option("--metrics <host:port>", "serve /metrics, /healthz and /readyz there, by HTTP")
    .addOption(
      new Option("--log-level <level>", "how much to log")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    )
    .addHelpText(
      "after",
      examples([
        "countersign webhook   # in a pod",
        "countersign webhook --mode warn --unmatched warn --metrics :9466",
        "countersign webhook --kubeconfig ~/.kube/config --listen 127.0.0.1:8443",
      ]),
    );
  eachOnce(command).action(async (flags) => (await import("./commands/webhook.ts")).webhook(flags, io));
}
