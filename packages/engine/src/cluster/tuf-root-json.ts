import { refuse } from "../signature/invalid.ts";
import type { Json } from "../values/json.ts";
import { parseJson } from "../values/strict-json.ts";
import { memberPath } from "../values/strict-object.ts";

const roleNames = ["root", "timestamp", "snapshot", "targets"] as const;

/**
 * Requires that bytes are a root.json as The Update Framework has it, signed by as many keys of its own root role as that
 * asks for. Whether the signatures hold shows when a mirror is asked; what says no role or has no signature never will.
 * Members that are not known here are the format's own affair.
 * Source: theupdateframework.github.io/specification, 4.3 File formats: root.json.
 * @throws CountersignError SIGNATURE_INVALID, JSON_INVALID naming the place
 */
export function requireTufRoot(bytes: Uint8Array): void {
  const root = parseJson(bytes);
  const signed = member(root, "", "signed", "object");
  if (text(signed, "signed", "_type") !== "root") refuse('signed._type: "root" is expected');
  requireWhole(signed, "signed", "version");
  text(signed, "signed", "spec_version");
  if (Number.isNaN(Date.parse(text(signed, "signed", "expires"))))
    refuse("signed.expires: a time is expected");
  const keys = member(signed, "signed", "keys", "object");
  const known = new Set(keys.members.map(([name]) => name));
  const roles = member(signed, "signed", "roles", "object");
  const [rootRole] = roleNames.map((name) => readRole(roles, name, known));
  const signers = new Set(signersOf(root).filter((id) => rootRole?.keyIds.has(id)));
  if (rootRole === undefined || signers.size >= rootRole.threshold) return;
  refuse(
    `signatures: ${signers.size} of the keys of its root role have signed it, and ${rootRole.threshold} must have`,
  );
}

interface Role {
  readonly keyIds: ReadonlySet<string>;
  readonly threshold: number;
}

function readRole(roles: JsonOf<"object">, name: string, known: ReadonlySet<string>): Role {
  const path = `signed.roles.${name}`;
  const role = member(roles, "signed.roles", name, "object");
  const ids = member(role, path, "keyids", "array").items.map((id) => (id.kind === "string" ? id.value : ""));
  const unknown = ids.findIndex((id) => !known.has(id));
  if (unknown >= 0) refuse(`${path}.keyids[${unknown}]: no key of signed.keys is called so`);
  const keyIds = new Set(ids);
  const threshold = requireWhole(role, path, "threshold");
  if (threshold > keyIds.size) {
    refuse(`${path}.threshold: ${threshold} keys are asked for, and there are ${keyIds.size}`);
  }
  return { keyIds, threshold };
}

function signersOf(root: Json): readonly string[] {
  return member(root, "", "signatures", "array").items.map((signature, at) => {
    text(signature, `signatures[${at}]`, "sig");
    return text(signature, `signatures[${at}]`, "keyid");
  });
}

type JsonOf<K extends Json["kind"]> = Extract<Json, { readonly kind: K }>;

function member<K extends Json["kind"]>(json: Json, path: string, name: string, kind: K): JsonOf<K> {
  const value = json.kind === "object" ? json.members.findLast(([each]) => each === name)?.[1] : undefined;
  if (value?.kind === kind) return value as JsonOf<K>;
  return refuse(`${memberPath(path, name)}: ${value === undefined ? "it is missing" : `no ${kind}`}`);
}

function text(json: Json, path: string, name: string): string {
  return member(json, path, name, "string").value;
}

function requireWhole(json: Json, path: string, name: string): number {
  const { text: digits } = member(json, path, name, "number");
  if (/^[1-9]\d{0,8}$/.test(digits)) return Number(digits);
  return refuse(`${path}.${name}: a whole number from 1 on is expected`);
}
