import type { Command } from "commander";
import { eachOnce, examples, outputFlag } from "./command-parts.ts";
import type { Terminal } from "./terminal.ts";

/** `countersign verify-bundle`: one bundle and one artifact, without policy and registry. */
export function addVerifyBundleCommand(program: Command, io: Terminal): void {
  const command = program
    .command("verify-bundle")
    .argument("<artifact>", "a file, or sha256:<64 hex digits> where there is no file of that name")
    .summary("does a sigstore bundle vouch for a file?")
    .description(
      "Verifies a sigstore bundle over a file or digest, offline: who signed, that logs and timestamps vouch for the time, and that a statement is about the file. Says yes (0), no (1) or why it cannot tell (2, 3).",
    )
    .option("--staging", "the bundle is of Sigstore's staging instance; --trusted-root has to be, too")
    .requiredOption("--bundle <file>", "the bundle, JSON of version 0.1 to 0.3")
    .option(
      "--certificate-identity <name>",
      "who has to have signed: a name in the certificate, letter by letter",
    )
    .option("--certificate-oidc-issuer <url>", "who has to have vouched for that name")
    .option("--key <file>", "the public key (PEM) that has to have signed, instead of a certificate")
    .option(
      "--trusted-root <file>",
      "trusted_root.json: the authorities and logs to believe; default: what COUNTERSIGN_TRUSTED_ROOT names",
    )
    .option("--insecure-ignore-tlog", "with --key: no transparency log need have taken the signature")
    .option("--insecure-ignore-sct", "no certificate log need have promised to show the certificate")
    .addOption(outputFlag())
    .addHelpText(
      "after",
      examples([
        "countersign verify-bundle --bundle app.sigstore.json --trusted-root trusted_root.json \\",
        "  --certificate-identity https://github.com/example/app/.github/workflows/release.yml@refs/heads/main \\",
        "  --certificate-oidc-issuer https://token.actions.githubusercontent.com app.tar.gz",
        "countersign verify-bundle --bundle app.sigstore.json --key release.pub --insecure-ignore-tlog app.tar.gz",
        "countersign verify-bundle --bundle app.sigstore.json --key release.pub --trusted-root trusted_root.json sha256:…",
      ]),
    );
  eachOnce(command).action(async (artifact, flags) =>
    (await import("./commands/verify-bundle.ts")).verifyBundle(artifact, flags, io),
  );
}
