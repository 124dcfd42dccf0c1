/** As many as Linux follows. */
const maxLinks = 40;

/** What is at one path, nothing followed: a link's text, or undefined for anything else that is there. */
export type ReadLink = (path: string) => Promise<string | undefined>;

/**
 * The path that a node means by `path`, without symbolic links. They are followed from the node's root: on an image of a
 * node, `/etc/x -> /secret` leads to the image's `/secret`, never to this machine's.
 * @param readLink throws the system's error for what is not there
 * @throws the system's error, or ELOOP
 */
export async function resolveOnNode(path: string, readLink: ReadLink): Promise<string> {
  const waiting = elementsOf(path);
  let done: readonly string[] = [];
  let links = 0;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (next === "..") {
      done = done.slice(0, -1);
      continue;
    }
    const target = await readLink(`/${[...done, next].join("/")}`);
    if (target === undefined) {
      done = [...done, next];
      continue;
    }
    if (++links > maxLinks) throw Object.assign(new Error("too many links"), { code: "ELOOP" });
    if (target.startsWith("/")) done = [];
    waiting.unshift(...elementsOf(target));
  }
  return `/${done.join("/")}`;
}

function elementsOf(path: string): string[] {
  return path.split("/").filter((element) => element !== "" && element !== ".");
}
