import { generateKeyPairSync } from "node:crypto";
import { sealedKeyLabel } from "./parse-private-key.ts";
import { pemBlock } from "./pem-block.ts";
import { sealKey } from "./sealed-key.ts";

/** Both in PEM. */
export interface KeyPairFiles {
  /** as cosign keeps it: encrypted, also where the password is empty */
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A new key of the kind that cosign makes: ECDSA on P-256. */
export async function generateKeyPair(password: string): Promise<KeyPairFiles> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const der = privateKey.export({ type: "pkcs8", format: "der" });
  const sealed = await sealKey(der, password);
  der.fill(0);
  return {
    privateKey: pemBlock(sealedKeyLabel, sealed),
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}
