import type { Hint } from "../../policy/lint/hint.ts";
import { nextPemBlock, type PemBlock, pemText } from "../../signature/pem.ts";

/** A key or certificates, to be looked at. */
export interface TrustMaterial {
  /** where the policy names it */
  readonly path: string;
  /** the file's name and a colon, for messages; `""` for what stands in the policy itself */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** All blocks of a PEM text, whatever their labels. */
export function pemBlocks(bytes: Uint8Array): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  let rest = pemText(bytes);
  for (let found = nextPemBlock(rest); found !== undefined; found = nextPemBlock(rest)) {
    blocks.push(found.block);
    rest = found.rest;
  }
  return blocks;
}

export function unusable({ path, name }: TrustMaterial, reason: string, remedy: string): Hint {
  return { code: "TRUST_MATERIAL_INVALID", path, message: `${name}${reason}`, remedy };
}

/** A private key where a public one belongs: whoever reads the policy's files could sign. */
export function* privateKeyHint(material: TrustMaterial): Generator<Hint> {
  const [, label] = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY[A-Z ]*)-----/.exec(pemText(material.bytes)) ?? [];
  if (label !== undefined) yield secretKeyHint(material, label);
}

/** @param kind what sort of key it is */
export function secretKeyHint({ path, name }: TrustMaterial, kind: string): Hint {
  return {
    code: "KEY_IS_PRIVATE",
    path,
    message: `${name}this holds a private key (${kind}), with which whoever reads it can sign`,
    remedy:
      "take it away from here, and write its public half alone; if others could read it, make a new key",
  };
}
