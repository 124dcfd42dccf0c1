import { type Command, Option } from "commander";
import {
  authfileFlag,
  eachOnce,
  examples,
  outputFlag,
  repeated,
  suggestingSignaturePolicy,
} from "./command-parts.ts";
import type { Terminal } from "./terminal.ts";

/** `countersign sign`, `attest`, and the keys for them. */
export function addSigningCommands(program: Command, io: Terminal): void {
  const sign = signingCommand(program.command("sign"))
    .summary("sign an image")
    .description(
      "Signs images as cosign does, and stores the signatures beside them: as sigstore bundles, which refer to the image, and under the older tags sha256-….sig, which CRI-O, podman and skopeo read. Signing again stores nothing twice.",
    )
    .addOption(repeated("-a, --annotation <key=value>", "say this in the signature, too"))
    .addHelpText(
      "after",
      examples([
        "countersign sign --key release.key registry.example/app@sha256:…",
        "countersign sign --key release.key --identity public.example/app:v1 registry.example/app:v1",
        "countersign sign --key release.key --recursive --output json registry.example/multi:v1",
        "countersign sign --signer-command 'my-kms sign --key release' registry.example/app:v1",
        "countersign sign --fulcio-url https://fulcio.example --rekor-url https://rekor.example registry.example/app:v1",
        "countersign sign --dry-run --recursive registry.example/multi:v1",
      ]),
    );
  eachOnce(sign, ["identity", "annotation"]).action(async (images, flags) =>
    (await import("./commands/sign.ts")).sign(images, flags, io),
  );

  const attest = signingCommand(program.command("attest"))
    .summary("sign what is said of an image")
    .description(
      "Signs a statement about images (where they come from, what is in them, what was found), and stores it beside them as a sigstore bundle and under the older tag sha256-….att.",
    )
    .requiredOption(
      "--type <type>",
      "what is said: slsaprovenance1, slsaprovenance02 (or slsaprovenance), spdxjson, spdx, cyclonedx, vuln, openvex, link, custom, or a URI",
    )
    .requiredOption("--predicate <file>", "the file that says it")
    .addHelpText(
      "after",
      examples([
        "countersign attest --key release.key --type slsaprovenance1 --predicate provenance.json registry.example/app@sha256:…",
        "countersign attest --key release.key --type spdxjson --predicate sbom.spdx.json registry.example/app:v1",
        "countersign attest --key release.key --type https://example.com/review/v1 --predicate review.json registry.example/app:v1",
      ]),
    );
  eachOnce(attest, ["identity"]).action(async (images, flags) =>
    (await import("./commands/attest.ts")).attest(images, flags, io),
  );

  const promote = signerFlags(
    suggestingSignaturePolicy(program.command("promote"))
      .argument("<source>", "in a registry: name@digest, or name:tag for what the tag means now")
      .argument("<destination>", "the name it is published under; without a tag, the source's"),
  )
    .summary("publish an image, and sign it under its public name")
    .description(
      "Copies an image, or an index with all its images, to another repository with its signatures and attestations, and signs it there. The tag is written last; what is there already is not sent again.",
    )
    .option("--signature-policy <file>", "promote only what this policy allows, containers-policy.json(5)")
    .option("--registries-d <dir>", "containers-registries.d(5): where that policy's signatures are kept")
    .option("--move-tag", "move the destination's tag if it leads to another image")
    .addOption(new Option("--jobs <number>", "blobs at once").default("4"))
    .addHelpText(
      "after",
      examples([
        "countersign promote --key release.key staging.example/build/app@sha256:… public.example/app:v1",
        "countersign promote --key release.key --signature-policy built-by-us.json staging.example/app:v1 public.example/app",
      ]),
    );
  eachOnce(promote, ["identity"]).action(async (source, destination, flags) =>
    (await import("./commands/promote.ts")).promote(source, destination, flags, io),
  );

  const keyPair = program
    .command("generate-key-pair")
    .summary("make a key to sign with")
    .description(
      "Makes an ECDSA key on P-256: PREFIX.key, encrypted as cosign does and readable by it, and PREFIX.pub, which policies name. Writes over nothing.",
    )
    .addOption(new Option("--output-prefix <prefix>", "how the files are called").default("countersign"))
    .option(
      "--password-file <file>",
      "the password, its first line; default: COUNTERSIGN_PASSWORD, COSIGN_PASSWORD, or it is asked for",
    )
    .addHelpText(
      "after",
      examples([
        "countersign generate-key-pair --output-prefix release",
        "COSIGN_PASSWORD= countersign generate-key-pair   # without a password",
      ]),
    );
  eachOnce(keyPair).action(async (flags) =>
    (await import("./commands/generate-key-pair.ts")).generateKeyPair(flags, io),
  );
}

function signingCommand(command: Command): Command {
  return signerFlags(
    command.argument("<image...>", "in a registry: name@digest, or name:tag for what the tag means now"),
  ).option("--recursive", "of an index also every image it leads to");
}

function signerFlags(command: Command): Command {
  command
    .option("--key <file>", "a private key: PKCS #8 (PEM), or cosign's own file")
    .option(
      "--password-file <file>",
      "the key's password, its first line; default: COUNTERSIGN_PASSWORD, COSIGN_PASSWORD, or it is asked for",
    )
    .option("--signer-command <command>", "a program that signs, for a key that stays elsewhere")
    .option("--signer-public-key <file>", "that program's public key (PEM); default: it is asked for it")
    .option("--fulcio-url <url>", "sign without a key: this Fulcio certifies who has the OIDC token")
    .option("--identity-token-file <file>", "the token; default: SIGSTORE_ID_TOKEN, or the CI job's own")
    .option("--identity-token <token>", "the token itself, for all on this machine to see")
    .option("--rekor-url <url>", "show each signature to this transparency log")
    .addOption(
      new Option("--rekor-version <version>", "which API it has: 1 (default) or 2").choices(["1", "2"]),
    )
    .option("--tsa-url <url>", "have this timestamp authority say when (RFC 3161)")
    .option("--signing-config <file>", "signing_config.json: names these services")
    .option(
      "--trusted-root <file>",
      "trusted_root.json: verifies what logs and authorities saw of signatures that are there; without, none counts as there",
    )
    .addOption(
      new Option(
        "--format <format>",
        "how to store it: bundle (cosign 3), legacy (sha256-….sig, .att), or both",
      )
        .choices(["bundle", "legacy", "both"])
        .default("both"),
    )
    .addOption(repeated("--identity <name>", "the name it is signed for; default: the image's own"))
    .option("--dry-run", "say what would be signed, and sign nothing")
    .option("--registries-conf <file>", "containers-registries.conf(5): who is blocked, who is insecure");
  return authfileFlag(command)
    .addOption(new Option("--timeout <seconds>", "give up after this long").default("300"))
    .addOption(outputFlag());
}
