import type { NodeFile, NodeFiles } from "../doctor/node/node-files.ts";
import { resolveOnNode } from "../doctor/node/resolve-on-node.ts";

/** A file, directory, socket or link of a node that is made up. A text stands for a file of root's with mode 0644. */
export type Planted =
  | string
  | { readonly link: string }
  | (Partial<Omit<NodeFile, "path" | "size">> & { readonly text?: string; readonly barred?: true });

/** Files of a node in memory, with whatever owners and modes a test wants; directories above them come by themselves. */
export function plantedFiles(tree: Readonly<Record<string, Planted>>): NodeFiles {
  const all = new Map<string, Planted>([["/", { kind: "directory", mode: 0o755 }]]);
  for (const path of Object.keys(tree)) {
    const elements = path.split("/").slice(1, -1);
    elements.forEach((_, at) => {
      all.set(`/${elements.slice(0, at + 1).join("/")}`, { kind: "directory", mode: 0o755 });
    });
  }
  for (const [path, planted] of Object.entries(tree)) all.set(path, planted);

  const at = (path: string): Planted => {
    const planted = all.get(path);
    if (planted !== undefined) return planted;
    throw Object.assign(new Error("no such file or directory"), { code: "ENOENT" });
  };
  const find = async (path: string) => {
    const resolved = await resolveOnNode(path, async (one) => {
      const planted = at(one);
      return typeof planted === "object" && "link" in planted ? planted.link : undefined;
    });
    const planted = at(resolved);
    if (typeof planted === "string") return { file: describe(resolved, { text: planted }), text: planted };
    if ("link" in planted) throw new Error("resolved to a link");
    if (planted.barred) throw Object.assign(new Error("permission denied"), { code: "EACCES" });
    return { file: describe(resolved, planted), text: planted.text ?? "" };
  };

  return {
    look: (path) => attempt(path, async () => ({ type: "found", file: (await find(path)).file })),
    read: (path, limit) =>
      attempt(path, async () => {
        const { file, text } = await find(path);
        if (file.kind !== "file") throw new Error("not a regular file");
        if (file.size > limit) throw new Error(`exceeded maximum allowed size of ${limit} bytes`);
        return { type: "read", bytes: Buffer.from(text) };
      }),
    list: (path) =>
      attempt(path, async () => {
        const { file } = await find(path);
        if (file.kind !== "directory") throw new Error("not a directory");
        const prefix = file.path === "/" ? "/" : `${file.path}/`;
        const inside = [...all.keys()].filter((one) => one !== "/" && one.startsWith(prefix));
        const names = inside.map((one) => one.slice(prefix.length)).filter((name) => !name.includes("/"));
        return { type: "listed", names: names.sort() };
      }),
    async linkText(path) {
      const planted = all.get(path);
      return typeof planted === "object" && "link" in planted ? planted.link : undefined;
    },
  };
}

function describe(path: string, planted: Exclude<Planted, string | { readonly link: string }>): NodeFile {
  const { kind = "file", mode = 0o644, uid = 0, gid = 0, text = "" } = planted;
  return { path, kind, mode, uid, gid, size: Buffer.byteLength(text) };
}

async function attempt<Found>(path: string, look: () => Promise<Found>) {
  try {
    return await look();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { type: "missing" } as const;
    const why = code === "ELOOP" ? "too many levels of symbolic links" : message;
    return { type: "barred", why: `${path}: ${why}` } as const;
  }
}
