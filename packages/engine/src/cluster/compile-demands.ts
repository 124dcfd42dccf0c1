import type { KeylessSpec, KeySpec } from "./authority-spec.ts";
import type { Material, Materials, TrustedRootMaterial } from "./materials.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Something a resource says and a policy file cannot: what it belongs to accepts nothing. */
export class Uncompilable extends Error {
  override readonly name = "Uncompilable";
  readonly place: string;

  constructor(place: string, message: string) {
    super(message);
    this.place = place;
  }
}

/**
 * What has to vouch for a signature besides its signer, by policy-controller's rules: a key is not looked for in a log
 * unless `ctlog` is said; a timestamp switches the log off; keyless with a TrustRoot and no `ctlog` asks no log at all,
 * and then counts only certificates that are valid now.
 * Source: policy-controller pkg/webhook/validator.go.
 */
export function compileDemands(
  authority: KeySpec | KeylessSpec,
  path: string,
  materials: Materials,
): JsonObject {
  const { ctlog, timestampRoot } = authority;
  if (timestampRoot !== undefined) {
    const root = trustedRoot(materials.trustRoot(timestampRoot), `${path}.rfc3161timestamp.trustRootRef`);
    return { timestamp: { threshold: 1, trustedRoot: root }, ...noLog(authority) };
  }
  if (ctlog !== undefined) {
    const root =
      ctlog.type === "public"
        ? trustedRoot(materials.publicRoot, `${path}.ctlog`)
        : trustedRoot(materials.trustRoot(ctlog.name), `${path}.ctlog.trustRootRef`);
    return { transparency: { threshold: 1, trustedRoot: root } };
  }
  if (authority.type === "key") return {};
  return authority.trust.type === "public" ? { transparency: { threshold: 1 } } : noLog(authority);
}

/** A key asks no log unless it says so. */
function noLog({ type }: KeySpec | KeylessSpec): JsonObject {
  return type === "key" ? {} : { transparency: { threshold: 0 } };
}

/** @throws Uncompilable */
export function trustedRoot(material: Material<TrustedRootMaterial>, place: string): JsonObject {
  if (material.type === "missing") throw new Uncompilable(place, material.why);
  const { value } = material;
  if (value.type === "text") return { data: Buffer.from(value.json).toString("base64") };
  const { mirror, root, target } = value;
  return { tuf: { mirror, root: { data: Buffer.from(root).toString("base64") }, target } };
}
