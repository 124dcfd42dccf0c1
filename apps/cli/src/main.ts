import { remedyOfFault } from "@countersign/engine/policy/policy-invalid";
import { CountersignError } from "@countersign/engine/values/error";
import { version } from "@countersign/gateway/version";
import { Command, CommanderError, Option } from "commander";
import { addClusterCommands } from "./cluster-commands.ts";
import {
  authfileFlag,
  containerdFlag,
  eachOnce,
  examples,
  outputFlag,
  policyFlags,
  registryFlags,
  shortNamesFlag,
} from "./command-parts.ts";
import { addCompileCommand } from "./compile-command.ts";
import { exitCode, exitCodeOf } from "./exit-code.ts";
import { addPolicyCommand } from "./policy-command.ts";
import { addSigningCommands } from "./signing-commands.ts";
import { type Terminal, terminal } from "./terminal.ts";
import { addVerifyBundleCommand } from "./verify-bundle-command.ts";
import { addWebhookCommand } from "./webhook-command.ts";

/** Every command loads its part only when it is asked for: `verify` must not pay for the gateway. */
function commandLine(io: Terminal): Command {
  const program = new Command("countersign")
    .description(
      "No container image runs on a Kubernetes node unless the policy says whose signature it must carry.",
    )
    .version(version)
    .exitOverride()
    .showHelpAfterError("(add --help for the flags and examples)")
    .configureOutput({ writeOut: io.out, writeErr: io.err });

  const verify = imageCommand(program.command("verify"))
    .summary("may this image run?")
    .description(
      "Asks the policy whether an image may run, and says yes (0), no (1) or why it cannot tell (2, 3).",
    )
    .addHelpText(
      "after",
      examples([
        "countersign verify registry.example/app:v1",
        "countersign verify --signature-policy ./policy.json --output json registry.example/app@sha256:…",
        "countersign verify dir:/var/images/app   # with the signatures that skopeo copied",
        "countersign verify oci:./layout:v1",
      ]),
    );
  verify.action(async (image, flags) => (await import("./commands/verify.ts")).verify(image, flags, io));

  const explain = imageCommand(program.command("explain"))
    .summary("why may it, or why not?")
    .description(
      "Shows how the answer came about: which policy file, which scope and why, each requirement, each signature found.",
    )
    .addHelpText("after", examples(["countersign explain --namespace shop registry.example/app:v1"]));
  explain.action(async (image, flags) => (await import("./commands/explain.ts")).explain(image, flags, io));

  const lint = program
    .command("lint")
    .argument(
      "<file|dir...>",
      "policies (containers-policy.json(5)), or directories of NAMESPACE.json, also in policies/",
    )
    .summary("find what is wrong with a policy")
    .description(
      "Lists every fault of policies with its place, and hints at what is hardly meant: scopes that never match, keys that are not there. Exits 2 if a policy is not valid.",
    )
    .option(
      "--policy-only",
      "look neither at the keys nor at the registries.d and registries.conf of this machine",
    )
    .option("--registries-conf <file>", "containers-registries.conf(5)")
    .option("--registries-d <dir>", "containers-registries.d(5): where signatures are kept")
    .option(
      "--registry-config-path <dirs>",
      "containerd's config_path: its mirrors count then, and not those of registries.conf",
    )
    .option("--strict", "exit 1 if there is a warning")
    .option("--ignore <codes>", "leave out these kinds of hints: SCOPE_WEAKER_THAN_PARENT,…")
    .addOption(outputFlag())
    .addHelpText(
      "after",
      examples([
        "countersign lint /etc/containers/policy.json /etc/countersign/policies",
        "countersign lint --policy-only --strict policy.json policies/   # in a repository's pipeline",
      ]),
    );
  eachOnce(lint).action(async (policies, flags) =>
    (await import("./commands/lint.ts")).lint(policies, flags, io),
  );

  addPolicyCommand(program, io);
  addVerifyBundleCommand(program, io);
  addCompileCommand(program, io);
  addClusterCommands(program, io);
  addWebhookCommand(program, io);
  addSigningCommands(program, io);

  program
    .command("gateway")
    .summary("stand between kubelet and container runtime")
    .description(
      "Serves CRI on a unix socket, passes everything on to the runtime, and refuses to pull what the policy does not allow.",
    )
    .allowUnknownOption()
    .helpOption(false)
    .argument("[flags...]")
    .action(async (_flags, _options, command: Command) =>
      (await import("./commands/gateway.ts")).gateway(command.args, io),
    );

  program
    .command("image-verifier")
    .summary("answer containerd's question whether an image may be pulled")
    .description(
      "A verifier for containerd's own hook, the image-verifier plugin, where no gateway is wanted.",
    )
    .allowUnknownOption()
    .helpOption(false)
    .argument("[flags...]")
    .action(async (_flags, _options, command: Command) =>
      (await import("./commands/image-verifier.ts")).imageVerifier(command.args, io),
    );

  const doctor = program
    .command("doctor")
    .summary("does this node let images in that nobody verified?")
    .description(
      "Looks for ways around the gateway, and for what keeps it from working: the kubelet's endpoints, sockets, the runtime's configuration, policies, clock. Changes nothing. Exits 1 for a problem, 3 if something could not be looked at.",
    )
    .option(
      "--root <dir>",
      "the files of another node, mounted or copied there, instead of this node as it runs",
    )
    .addOption(outputFlag())
    .addHelpText(
      "after",
      examples(["countersign doctor   # as root", "countersign doctor --root /mnt/node --output json"]),
    );
  eachOnce(doctor).action(async (flags) => (await import("./commands/doctor.ts")).doctor(flags, io));

  program
    .command("demo")
    .summary("see it work")
    .description(
      "Plays the published scenario through a real gateway: on a registry and runtime made for it, or on a real runtime.",
    )
    .option("--runtime-endpoint <unix:///…>", "a real CRI runtime to play against")
    .addHelpText(
      "after",
      examples([
        "countersign demo",
        "countersign demo --runtime-endpoint unix:///run/containerd/containerd.sock",
      ]),
    )
    .action(async (flags) => (await import("./commands/demo.ts")).demo(flags, io));

  return program;
}

function imageCommand(command: Command): Command {
  command.argument(
    "<image>",
    "name:tag or name@digest, as in a pod; dir:PATH or oci:PATH[:NAME|:@POSITION] for one in a directory. What may be either (oci:1.0) is refused: docker://oci:1.0 or oci:./1.0",
  );
  policyFlags(command)
    .option("--namespace <name>", "the pod's namespace")
    .option(
      "--platform <os/arch[/variant]>",
      "judge this platform's instance of an index; default: this machine's",
    );
  containerdFlag(shortNamesFlag(registryFlags(command)));
  authfileFlag(command)
    .addOption(new Option("--timeout <seconds>", "give up after this long").default("60"))
    .addOption(outputFlag());
  return eachOnce(command);
}

/** Runs one command line; returns the exit code. Nothing that goes wrong may end in a stack trace. */
export async function main(argv: readonly string[], io: Terminal): Promise<void> {
  let hasAnswered = false;
  const out = (text: string): void => {
    hasAnswered = true;
    io.out(text);
  };
  try {
    await commandLine({ ...io, out }).parseAsync(argv, { from: "user" });
  } catch (caught) {
    if (caught instanceof CommanderError && caught.exitCode === 0) return io.exitWith(exitCode.allowed);
    const isTold = caught instanceof CommanderError;
    const error = isTold
      ? new CountersignError("USAGE", caught.message.replace(/^error: /, ""))
      : CountersignError.from(caught);
    if (!hasAnswered && wantsJson(argv)) {
      const { failureToJson } = await import("./render/failure-json.ts");
      const answer = failureToJson(argv, error);
      if (answer !== undefined) io.out(answer);
    }
    if (!isTold) {
      const remedy = remedyOfFault(caught);
      io.err(`countersign: ${error.message}${remedy === undefined ? "" : `; ${remedy}`}
`);
    }
    io.exitWith(exitCodeOf(error.code));
  }
}

/** Whether a program waits for JSON, as far as a command line that makes no sense can tell. */
function wantsJson(argv: readonly string[]): boolean {
  return argv.some(
    (word, at) => word === "--output=json" || (word === "--output" && argv[at + 1] === "json"),
  );
}

if (import.meta.main) await main(process.argv.slice(2), terminal());
