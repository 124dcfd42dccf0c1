import type { Listing, NodeFile, NodeFiles } from "../node/node-files.ts";

/** The programs that containerd asks before a pull. */
export interface VerifierDirectory {
  readonly path: string;
  readonly listing: Listing["type"];
  /** in the order in which they are asked, with what is behind links */
  readonly programs: readonly { readonly name: string; readonly file: NodeFile | undefined }[];
}

export async function verifierDirectory(path: string, files: NodeFiles): Promise<VerifierDirectory> {
  const listing = await files.list(path);
  const names = listing.type === "listed" ? listing.names : [];
  const programs = await Promise.all(
    names.slice(0, 1000).map(async (name) => {
      const looked = await files.look(`${path}/${name}`);
      return { name, file: looked.type === "found" ? looked.file : undefined };
    }),
  );
  return { path, listing: listing.type, programs };
}
