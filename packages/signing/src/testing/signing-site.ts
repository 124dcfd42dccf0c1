import { parseNamedReference } from "@countersign/engine/values/image-reference";
import { type OpenRepository, openRepositories } from "@countersign/sources/open-repositories";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import {
  startRegistry,
  type TestRegistry,
  type TestRegistryOptions,
} from "@countersign/testkit/registry/registry";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKey, type KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import { keySigner } from "../keys/key-signer.ts";
import type { SigningParty } from "../signing-party.ts";

/** Registries in this process, their repositories opened as a signer does. */
export interface SigningSite extends AsyncDisposable {
  readonly registry: TestRegistry;
  readonly timing: ManualTiming;
  open(path: string, registry?: TestRegistry): Promise<OpenRepository>;
}

export async function signingSite(
  options: TestRegistryOptions = {},
  others: readonly TestRegistry[] = [],
): Promise<SigningSite> {
  const registry = await startRegistry(options);
  const root = temporaryRoot();
  const insecure = [registry, ...others].map(
    ({ address }) => `[[registry]]\nlocation = "${address}"\ninsecure = true\n`,
  );
  const registriesConf = root.write("registries.conf", insecure.join(""));
  const timing = manualTiming();
  const unset = { registriesD: undefined, authfile: undefined };
  const repositories = openRepositories({ environment: root.environment, ...unset, registriesConf }, timing);
  const { signal } = new AbortController();
  return {
    registry,
    timing,
    open: (path, there = registry) =>
      repositories.open(parseNamedReference(`${there.address}/${path}`), "write", signal),
    async [Symbol.asyncDispose]() {
      await repositories.close();
      await registry.close();
      root[Symbol.dispose]();
    },
  };
}

/** Signs with a key that depends on its name alone. */
export function keyParty(name: string, kind: KeyKind = "p256"): SigningParty {
  return { signer: keySigner(createSigningKey(name, kind).privateKey), certificate: undefined };
}
