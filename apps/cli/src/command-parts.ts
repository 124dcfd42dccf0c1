import { type Command, Option } from "commander";

/** Parts of the command line that several commands have. */

/**
 * Of two policies on one command line the last would silently win, and the answer would be about the other one.
 * @param repeatable - names of the options of which there may be several
 */
export function eachOnce(command: Command, repeatable: readonly string[] = []): Command {
  for (const option of command.options) {
    if (repeatable.includes(option.name())) continue;
    let given = false;
    command.on(`option:${option.name()}`, () => {
      if (given) command.error(`error: option '${option.flags}' is given twice; leave one out`);
      given = true;
    });
  }
  return command;
}

export function outputFlag(...more: readonly string[]): Option {
  return new Option("--output <format>", "how to print the answer")
    .choices(["text", "json", ...more])
    .default("text");
}

/** Where policies are: one for all, and those of namespaces. */
export function policyFlags(command: Command): Command {
  return suggestingSignaturePolicy(command)
    .option(
      "--signature-policy <file>",
      "containers-policy.json(5); default: where the containers tools look",
    )
    .option("--signature-policy-dir <dir>", "<dir>/<namespace>.json replaces the policy for that namespace");
}

/** `--policy` is what comes to mind first, and too far from the flag's name for commander to suggest it. */
export function suggestingSignaturePolicy(command: Command): Command {
  return command.configureOutput({
    outputError: (text, write) =>
      write(
        text.replace(
          /^error: unknown option '--policy(?:=[^'\n]*)?'$/m,
          "$&\n(Did you mean --signature-policy?)",
        ),
      ),
  });
}

/** Where images and their signatures are. */
export function registryFlags(command: Command): Command {
  return command
    .option("--registries-conf <file>", "containers-registries.conf(5)")
    .option("--registries-d <dir>", "containers-registries.d(5): where signatures are kept");
}

/** Whose rules name images that have no registry in their names. */
export function shortNamesFlag(command: Command): Command {
  return command.addOption(
    new Option(
      "--short-names <where>",
      "what a name without a registry means: docker.io, as to containerd, or what registries.conf says, as to CRI-O",
    )
      .choices(["docker.io", "registries.conf"])
      .default("docker.io"),
  );
}

/** Where containerd looks for images: for those who want to ask where the runtime will. */
export function containerdFlag(command: Command): Command {
  return command.option(
    "--registry-config-path <dirs>",
    "containerd's config_path, directories of <registry>/hosts.toml: look for the image where containerd looks",
  );
}

/** An option that may be given several times; its values are a list, undefined if it was not given. */
export function repeated(flags: string, description: string): Option {
  const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  return new Option(flags, description).argParser(collect);
}

export function authfileFlag(command: Command): Command {
  return command.option("--authfile <file>", "credentials, containers-auth.json(5)");
}

export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
