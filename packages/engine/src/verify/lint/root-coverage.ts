import type { Hint } from "../../policy/lint/hint.ts";
import type { PlacedAuthority } from "../../policy/lint/placed-authorities.ts";
import type { KeylessAuthority, TrustedRootSource } from "../../policy/sigstore-requirement.ts";
import { parseTrustedRoot } from "../../signature/sigstore/parse-trusted-root.ts";
import type { TrustedRoot } from "../../signature/sigstore/trusted-root.ts";
import type { TrustFile } from "../evidence.ts";

/**
 * Finds demands that a trusted root cannot meet, as it does not have what is asked for: then no signature counts. A root
 * that is fetched, cannot be read or is none is not told of here.
 */
export function* rootCoverageHints(
  { path, authority }: PlacedAuthority,
  files: ReadonlyMap<string, TrustFile>,
): Generator<Hint> {
  if (authority.type === "static") return;
  const { transparency, timestamp } = authority;
  const keylessPath = `${path}.keyless.trustedRoot`;
  const own: Placed = {
    path: keylessPath,
    root: authority.type === "keyless" ? ownRoot(authority, files) : undefined,
  };
  if (authority.type === "keyless") {
    yield* lacks(own, "certificate authorities", ({ certificateAuthorities }) => certificateAuthorities, 1);
    if (!authority.ignoresSct) {
      yield* lacks(own, "certificate transparency logs", ({ certificateLogs }) => certificateLogs, 1);
    }
  }
  if (transparency.type === "logged") {
    const { logs, threshold } = transparency;
    const root =
      logs?.type === "trustedRoot"
        ? { path: `${path}.transparency.trustedRoot`, root: rootIn(logs.root, files) }
        : { ...own, root: logs === undefined ? own.root : undefined };
    yield* lacks(root, "transparency logs", ({ transparencyLogs }) => transparencyLogs, threshold);
  }
  if (timestamp.type === "stamped") {
    const root =
      timestamp.root === undefined
        ? own
        : { path: `${path}.timestamp.trustedRoot`, root: rootIn(timestamp.root, files) };
    const authorities = ({ timestampAuthorities }: TrustedRoot) => timestampAuthorities;
    yield* lacks(root, "timestamp authorities", authorities, timestamp.threshold);
  }
}

interface Placed {
  readonly path: string;
  readonly root: TrustedRoot | undefined;
}

function* lacks(
  { path, root }: Placed,
  what: string,
  listOf: (root: TrustedRoot) => readonly unknown[],
  threshold: number,
): Generator<Hint> {
  const count = root === undefined ? threshold : listOf(root).length;
  if (count >= threshold) return;
  yield {
    code: "TRUSTED_ROOT_INCOMPLETE",
    path,
    message: `${threshold} of its ${what} must have a say, and it has ${count === 0 ? "none" : count}: no signature is accepted`,
    remedy: `use a trusted root with ${what}, or do not ask for them`,
  };
}

function ownRoot(
  { trust }: KeylessAuthority,
  files: ReadonlyMap<string, TrustFile>,
): TrustedRoot | undefined {
  return trust.type === "trustedRoot" ? rootIn(trust.root, files) : undefined;
}

function rootIn(source: TrustedRootSource, files: ReadonlyMap<string, TrustFile>): TrustedRoot | undefined {
  if (source.type === "tuf") return undefined;
  const file = source.type === "files" ? files.get(source.paths[0] ?? "") : undefined;
  const bytes = source.type === "inline" ? source.data[0] : file?.type === "read" ? file.bytes : undefined;
  try {
    return bytes && parseTrustedRoot(bytes);
  } catch {
    return undefined;
  }
}
