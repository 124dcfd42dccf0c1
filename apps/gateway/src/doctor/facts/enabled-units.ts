import { posix } from "node:path";
import type { NodeFiles } from "../node/node-files.ts";

/** Whether something starts a unit with the machine: a link below a `.wants` or `.requires` directory. */
export async function isEnabled(unitFile: string, files: NodeFiles): Promise<boolean> {
  const name = posix.basename(unitFile);
  for (const directory of ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"]) {
    const listing = await files.list(directory);
    const folders = listing.type === "listed" ? listing.names : [];
    for (const folder of folders.filter((one) => /\.(wants|requires|upholds)$/.test(one))) {
      const link = `${directory}/${folder}/${name}`;
      if ((await files.linkText(link)) !== undefined || (await files.look(link)).type === "found")
        return true;
    }
  }
  return false;
}
