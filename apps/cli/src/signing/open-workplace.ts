import type { SigningMeans } from "@countersign/signing/perform-task";
import { openRepositories, type Repositories } from "@countersign/sources/open-repositories";
import type { SourcesConfig } from "@countersign/sources/open-sources";
import { parseTimeout } from "../commands/image-flags.ts";
import { sourcesConfig } from "../commands/sources-config.ts";
import type { Terminal } from "../terminal.ts";
import { environmentOf } from "../user-environment.ts";
import { requireOneSigner } from "./one-signer.ts";
import { openMeans } from "./open-means.ts";
import { formatsOf, type SigningFlags } from "./signing-flags.ts";

/** Where something is signed, and with what; hold it with `await using`. */
export interface SigningWorkplace extends AsyncDisposable {
  /** ends with the terminal's interruption, and after `--timeout` */
  readonly signal: AbortSignal;
  readonly config: SourcesConfig;
  readonly repositories: Repositories;
  /** undefined of a dry run, which needs no key: whoever may not sign may see what would be */
  readonly means: SigningMeans | undefined;
}

/**
 * Opens what the flags of `sign`, `attest` and `promote` name.
 * @throws CountersignError USAGE for two signers; as openMeans, or with a code of configuration: nothing was signed then
 */
export async function openWorkplace(
  flags: Omit<SigningFlags, "recursive">,
  io: Terminal,
): Promise<SigningWorkplace> {
  requireOneSigner(flags);
  const signal = AbortSignal.any([io.interruption(), AbortSignal.timeout(parseTimeout(flags.timeout))]);
  const environment = environmentOf(io);
  const config = await sourcesConfig({ ...flags, shortNames: "docker.io" }, environment);
  const means =
    flags.dryRun === true ? undefined : await openMeans(flags, formatsOf(flags), environment, io, signal);
  const repositories = openRepositories(config);
  return {
    ...{ signal, config, repositories, means },
    async [Symbol.asyncDispose]() {
      await repositories.close();
      await means?.close();
    },
  };
}
