import { join } from "node:path";
import { composeRegistriesD } from "@countersign/engine/cluster/compose-registries-d";
import { CountersignError } from "@countersign/engine/values/error";
import { parseRegistriesDFile } from "@countersign/sources/containers-config/load-registries-d";
import type { RegistriesDFile } from "@countersign/sources/containers-config/registries-d";
import { readDropIns } from "@countersign/sources/files/config-files";
import { fitting, type LookedForScopes } from "./fitting-scopes.ts";

/** A file of registries.d that says where signatures are looked for. */
export interface AttachmentsFile {
  readonly path: string;
  readonly text: string;
  /** scopes of which a file of somebody else's says something, and not that signatures are attached: scope → that file */
  readonly elsewhere: ReadonlyMap<string, string>;
  /** namespaces for whose scopes there is no room, and what to do; their images' signatures are looked for by nobody */
  readonly leftOut: ReadonlyMap<string, string>;
}

/**
 * Composes it beside what others have there. A scope that two files speak of voids all of registries.d, for every image of
 * the node, and whoever may write policies in one namespace chooses scopes: what another file speaks of is left to it. So
 * does a file that cannot be read: when there are more scopes than can be, fewer and wider ones are said, and whose registries
 * are too many is left out.
 * Source: containers/image docker/registries_d.go, loadAndMergeConfig.
 * @throws CountersignError POLICY_INVALID when there is no room for those that hold for all
 */
export async function attachmentsFile(directory: string, scopes: LookedForScopes): Promise<AttachmentsFile> {
  const path = join(directory, "countersign.yaml");
  const others = (await filesBeside(path, directory)).flatMap((file) => sectionsOf(file));
  const said = new Map(others.map((section) => [section.scope, section]));
  const { kept, leftOut } = fitting(scopes, new Set(said.keys()));
  const elsewhere = new Map<string, string>();
  const own: string[] = [];
  for (const scope of new Set(kept)) {
    const other = said.get(scope);
    if (other === undefined) own.push(scope);
    else if (!other.isAttached) elsewhere.set(scope, other.path);
  }
  const text = composeRegistriesD(own, new Set(said.keys()));
  // what cannot be read would stop every image of the node; so the node keeps what it has
  await parseRegistriesDFile({ path, text });
  return { path, text, elsewhere, leftOut };
}

interface Section {
  readonly path: string;
  readonly scope: string;
  readonly isAttached: boolean;
}

function sectionsOf({ path, defaultDocker, docker }: RegistriesDFile): readonly Section[] {
  const sections = [...docker, ...(defaultDocker === undefined ? [] : [["", defaultDocker] as const])];
  return sections.map(([scope, { useSigstoreAttachments }]) => ({
    ...{ path, scope },
    isAttached: useSigstoreAttachments === true,
  }));
}

async function filesBeside(own: string, directory: string): Promise<readonly RegistriesDFile[]> {
  const files = (await readDropIns([directory], ".yaml")).filter(({ path }) => path !== own);
  const read = await Promise.all(
    files.map((file) =>
      parseRegistriesDFile(file).catch((error) => {
        // what nobody can read voids registries.d as it is, whatever stands beside it
        if (error instanceof CountersignError) return undefined;
        throw error;
      }),
    ),
  );
  return read.filter((file) => file !== undefined);
}
