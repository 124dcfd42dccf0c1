import { type NodeFiles, readText } from "../node/node-files.ts";
import { parseUnit, type Unit } from "./unit-file.ts";

/** Where systemd looks, the first having the last word. Source: systemd.unit(5). */
const unitDirectories = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
] as const;

const maxUnitSize = 256 * 1024;
/** A distribution brings a few hundred. */
const maxUnits = 5000;

/** Every service there is a unit for, with its drop-ins; the same name counts once, where systemd finds it first. */
export async function readServices(files: NodeFiles): Promise<readonly Unit[]> {
  const found = new Map<string, Unit>();
  for (const directory of unitDirectories) {
    const listing = await files.list(directory);
    const names = listing.type === "listed" ? listing.names : [];
    for (const name of names) {
      if (!name.endsWith(".service") || found.has(name) || found.size >= maxUnits) continue;
      const file = `${directory}/${name}`;
      const text = await readText(files, file, maxUnitSize);
      if (text.type === "read")
        found.set(name, parseUnit(file, [text.text, ...(await dropIns(name, files))]));
    }
  }
  return [...found.values()];
}

/** By name, from all directories together: of one name, the first directory's. */
async function dropIns(unit: string, files: NodeFiles): Promise<readonly string[]> {
  const chosen = new Map<string, string>();
  for (const directory of unitDirectories.toReversed()) {
    const listing = await files.list(`${directory}/${unit}.d`);
    for (const name of listing.type === "listed" ? listing.names : []) {
      if (name.endsWith(".conf")) chosen.set(name, `${directory}/${unit}.d/${name}`);
    }
  }
  const texts: string[] = [];
  for (const name of [...chosen.keys()].sort()) {
    const text = await readText(files, chosen.get(name) ?? "", maxUnitSize);
    if (text.type === "read") texts.push(text.text);
  }
  return texts;
}
