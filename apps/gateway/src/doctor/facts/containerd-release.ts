import type { VersionAnswer } from "../node/live-node.ts";

/** Whether a containerd says that it is of an earlier release. What does not answer, or is no containerd, is not older. */
export function isOlderThan(version: VersionAnswer | undefined, major: number, minor: number): boolean {
  const text = version?.type === "answered" ? version.runtime : "";
  const found = /^containerd v?(\d+)\.(\d+)\./.exec(text);
  if (found === null) return false;
  const [own, ownMinor] = [Number(found[1]), Number(found[2])];
  return own < major || (own === major && ownMinor < minor);
}
