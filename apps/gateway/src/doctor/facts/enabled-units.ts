import { posix } from "node:path";
import type { NodeFiles } from "../node/node-files.ts";

const directories = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"] as const;

/**
 * Whether something starts a service with the machine, or its socket: an entry in a `.wants` or `.requires` directory. Of
 * a template (`name@.service`) any instance counts.
 */
export async function isEnabled(serviceFile: string, files: NodeFiles): Promise<boolean> {
  const name = posix.basename(serviceFile, ".service");
  for (const directory of directories) {
    for (const folder of await namesIn(directory, files)) {
      if (!/\.(wants|requires|upholds)$/.test(folder)) continue;
      const started = await namesIn(`${directory}/${folder}`, files);
      if (started.includes(`${name}.service`) || started.includes(`${name}.socket`)) return true;
      if (name.endsWith("@") && started.some((entry) => entry.startsWith(name))) return true;
    }
  }
  return false;
}

async function namesIn(directory: string, files: NodeFiles): Promise<readonly string[]> {
  const listing = await files.list(directory);
  return listing.type === "listed" ? listing.names : [];
}
