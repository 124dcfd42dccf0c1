/** Docker Hub is called otherwise by those who write globs and those who write scopes. */
function scopeHost(name: string): string {
  return name.replace(/^index\.docker\.io(?=\/|$)/, "docker.io");
}

const host = /^[a-zA-Z0-9.-]*[.:][a-zA-Z0-9.:-]*$|^localhost$/;

/**
 * The scope of containers-policy.json(5) that holds for what a glob matches; undefined if there is none. A scope holds for
 * the repository it names and for those below it.
 */
export function globScope(glob: string): string | undefined {
  if (glob === "**") return "";
  const [, prefix = ""] = /^([^*@]+?)(?:\/\*\*|@\*{1,2}|@sha256:\*{1,2})$/.exec(glob) ?? [];
  const [, repository = "", digest = ""] = /^([^*@]+)@(sha256:[0-9a-f]{64})$/.exec(glob) ?? [];
  const name = prefix || repository;
  const [first = ""] = name.split("/", 1);
  if (name === "" || !host.test(first) || (repository !== "" && !name.includes("/"))) return undefined;
  return scopeHost(name) + (digest && `@${digest}`);
}

/** The narrowest scope that certainly holds whatever a glob may match: `""` if nothing narrower is certain. */
export function enclosingScope(glob: string): string {
  const [literal = ""] = glob.split(/[*@]/, 1);
  const whole = literal.slice(0, Math.max(literal.lastIndexOf("/"), 0));
  const [first = ""] = whole.split("/", 1);
  return host.test(first) ? scopeHost(whole) : "";
}
