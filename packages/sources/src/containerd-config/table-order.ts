import { type HostsTable, parseHostsToml } from "./hosts-toml.ts";

/** What may stand between the brackets and commas of a value, or hide them. */
const pieces = [
  `"""(?:[^"\\\\]|\\\\[^]|"(?!""))*"""(?:"{0,2})`,
  `'''(?:[^']|'(?!''))*'''(?:'{0,2})`,
  `"(?:[^"\\\\\\n]|\\\\.)*"`,
  `'[^'\\n]*'`,
  `#[^\\n]*`,
  `[^"'#\\n[\\]{}]+`,
  `[^]`,
].join("|");

/**
 * The hosts of `[host."…"]` headers in the order in which the file has them, as containerd walks them: a header counts
 * again when another host's came in between, a nameless one does not count first, and what is written below `[host]`, or as `host.x.key = …`, is not seen.
 * JavaScript's own order of keys would put names that look like numbers first.
 * Source: containerd 2.x core/remotes/docker/config, getSortedHosts.
 * @param text - a document that parses
 */
export function hostsInOrder(text: string): readonly string[] {
  const hosts: string[] = [];
  let last = "";
  for (const [first, host] of tableHeaders(text)) {
    if (first !== "host" || host === undefined || host === last) continue;
    last = host;
    hosts.push(host);
  }
  return hosts;
}

/** The parts of every `[table.header]`. */
function* tableHeaders(text: string): Generator<readonly string[]> {
  let depth = 0;
  let header: string | undefined;
  let atStart = true;
  for (const [piece] of text.replace(/^\uFEFF/, "").matchAll(new RegExp(pieces, "g"))) {
    if (depth === 0 && piece === "\n") {
      atStart = true;
      continue;
    }
    if (atStart && piece.trim() === "") continue;
    if (atStart && piece === "[") header = "";
    else if (header !== undefined && piece !== "]") header += piece;
    if (header !== undefined && piece === "]") {
      if (!header.startsWith("[")) yield parts(header);
      header = undefined;
    }
    atStart = false;
    if (piece === "[" || piece === "{") depth++;
    if (piece === "]" || piece === "}") depth--;
  }
}

/** Takes a header's name apart the way its document's parser does. */
function parts(header: string): readonly string[] {
  const names: string[] = [];
  let table: HostsTable = parseHostsToml(`[${header}]`);
  for (;;) {
    const [name] = Object.keys(table);
    if (name === undefined) return names;
    names.push(name);
    table = table[name] as HostsTable;
  }
}
