import { join } from "node:path";
import { composeRegistriesD } from "@countersign/engine/cluster/compose-registries-d";
import { CountersignError } from "@countersign/engine/values/error";
import { parseRegistriesDFile } from "@countersign/sources/containers-config/load-registries-d";
import type { RegistriesDFile } from "@countersign/sources/containers-config/registries-d";
import { readDropIns } from "@countersign/sources/files/config-files";

/** A file of registries.d that says where signatures are looked for. */
export interface AttachmentsFile {
  readonly path: string;
  readonly text: string;
  /** scopes of which a file of somebody else's says something, and not that signatures are attached: scope → that file */
  readonly elsewhere: ReadonlyMap<string, string>;
}

/**
 * Composes it beside what others have there. A scope that two files speak of voids all of registries.d, for every image of
 * the node, and whoever may write policies in one namespace chooses scopes: what another file speaks of is left to it.
 * Source: containers/image docker/registries_d.go, loadAndMergeConfig.
 * @param scopes `""` is every image
 */
export async function attachmentsFile(directory: string, scopes: Iterable<string>): Promise<AttachmentsFile> {
  const path = join(directory, "countersign.yaml");
  const others = (await filesBeside(path, directory)).flatMap((file) => sectionsOf(file));
  const own: string[] = [];
  const elsewhere = new Map<string, string>();
  for (const scope of new Set([...scopes].map((one) => one.replace(/@.*/, "")))) {
    const other = others.find((one) => one.scope === scope);
    if (other === undefined) own.push(scope);
    else if (!other.isAttached) elsewhere.set(scope, other.path);
  }
  return { path, text: composeRegistriesD(own), elsewhere };
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
