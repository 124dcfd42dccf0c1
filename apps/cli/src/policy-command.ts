import { type Command, Option } from "commander";
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
import type { Terminal } from "./terminal.ts";

/** `countersign policy …`: for those who keep policies. */
export function addPolicyCommand(program: Command, io: Terminal): void {
  const policy = program
    .command("policy")
    .summary("what is in force, is it right, what would a change do?")
    .description(
      "Shows which policy is in force, tests policies against a table of images, and compares them.",
    );
  showCommand(policy, io);
  testCommand(policy, io);
  diffCommand(policy, io);
}

function showCommand(policy: Command, io: Terminal): void {
  const show = policy
    .command("show")
    .argument("[image...]", "as verify takes them; without any, all policies are listed")
    .summary("which policy is in force?")
    .description(
      "Shows the policy in force for an image: the file and why that one, the scope, what it asks for, and where signatures would be looked for. Asks no registry.",
    );
  policyFlags(show).option("--namespace <name>", "the pod's namespace");
  containerdFlag(shortNamesFlag(registryFlags(show)))
    .addOption(outputFlag())
    .addHelpText(
      "after",
      examples([
        "countersign policy show registry.example/shop/app:v1",
        "countersign policy show --signature-policy-dir /etc/crio/policies --namespace shop registry.example/shop/app:v1",
        "countersign policy show --signature-policy-dir /etc/crio/policies   # all of them",
      ]),
    );
  eachOnce(show).action(async (images, flags) =>
    (await import("./commands/policy/show.ts")).policyShow(images, flags, io),
  );
}

function testCommand(policy: Command, io: Terminal): void {
  const test = policy
    .command("test")
    .argument("<table...>", "YAML or JSON: images, and what the policy shall say to each")
    .summary("does the policy say what it shall?")
    .description(
      "Asks about every image of a table, by recorded evidence or live, and exits 0 if all answers are as expected, 1 if not, 2 if table, policy or evidence are wrong, 3 if it cannot tell.",
    );
  containerdFlag(shortNamesFlag(registryFlags(policyFlags(test)))).option(
    "--record <dir>",
    "ask the registries, whatever evidence the table names, and keep what they say in <dir>",
  );
  listFlags(test, "junit").addHelpText(
    "after",
    examples([
      "countersign policy test images.yaml",
      "countersign policy test --output junit images.yaml > report.xml",
      "countersign policy test --record evidence images.yaml   # needs the registries; then commit evidence/",
    ]),
  );
  eachOnce(test).action(async (tables, flags) =>
    (await import("./commands/policy/test.ts")).policyTest(tables, flags, io),
  );
}

function diffCommand(policy: Command, io: Terminal): void {
  const diff = policy
    .command("diff")
    .argument(
      "<old>",
      "a policy, a directory of NAMESPACE.json, or one that has policy.json and policies/ in it",
    )
    .argument("<new>", "the same, as it shall be")
    .argument("[image...]", "compare for these; without any, by the scopes that the policies name")
    .summary("what would a change do?")
    .description(
      "Compares policies by what they mean. Says where more is asked for, less, or something else; and, where there is evidence, which images get another answer. Exits 1 if something changes, 0 if nothing does.",
    )
    .option(
      "--images <file>",
      "compare for these images: one on each line, or a table as policy test takes it",
    )
    .option(
      "--evidence <dir|live|unsigned>",
      "judge by what policy test --record wrote, by the registries, or as if nothing were signed; default: where the table says, never live",
    )
    .option(
      "--namespace <name>",
      "compare for this namespace; default: for all that have a policy of their own, and for the others",
    )
    .option("--platform <os/arch[/variant]>", "judge this platform's instance of an index", "linux/amd64");
  containerdFlag(shortNamesFlag(registryFlags(diff)))
    .option(
      "--signature-policy <file>",
      "beside directories of NAMESPACE.json: the policy of all other namespaces, on both sides",
    )
    .option(
      "--signature-policy-dir <dir>",
      "beside two files: policies that replace them for namespaces, on both sides",
    );
  listFlags(diff).addHelpText(
    "after",
    examples([
      "countersign policy diff /etc/containers/policy.json policy.json",
      "countersign policy diff --images images.yaml main/ .   # two checkouts of a policy repository",
      "countersign policy diff --evidence live old.json new.json registry.example/shop/app:v1",
      "countersign policy diff --short-names registries.conf old.json new.json app:v1   # as CRI-O takes the name",
    ]),
  );
  eachOnce(diff).action(async (before, after, images, flags) =>
    (await import("./commands/policy/diff.ts")).policyDiff([before, after], images, flags, io),
  );
}

function listFlags(command: Command, ...formats: readonly string[]): Command {
  return authfileFlag(command)
    .addOption(new Option("--timeout <seconds>", "give up on an image after this long").default("60"))
    .addOption(new Option("--jobs <number>", "ask about so many images at once").default("4"))
    .addOption(outputFlag(...formats));
}
