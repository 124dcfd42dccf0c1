import { randomBytes, type ScryptOptions, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { CountersignError } from "@countersign/engine/values/error";
import { decodeBase64 } from "@countersign/engine/values/strict-base64";
import { parseJson } from "@countersign/engine/values/strict-json";
import { type Reader, readExactObject } from "@countersign/engine/values/strict-object";
import { readText } from "@countersign/engine/values/strict-value";
import { secretbox } from "@noble/ciphers/salsa.js";
import { type ScryptCost, scryptFault, scryptMemory, usualCost } from "./scrypt-cost.ts";
import { unusableKey } from "./unusable-key.ts";

/**
 * What is in cosign's private key files: PKCS #8, encrypted by a password with scrypt and NaCl's secretbox.
 * Source: go-securesystemslib encrypted/encrypted.go.
 */

const scryptKey = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Bytes: four times what cosign's take. */
const maxMemory = 256 * 1024 * 1024;

/**
 * Opens it.
 * @param sealed - JSON, from a PEM block
 * @returns PKCS #8
 * @throws CountersignError SIGNING_KEY_UNUSABLE when it is damaged, or the password another
 */
export async function openSealedKey(sealed: Uint8Array, password: string): Promise<Uint8Array> {
  const { cost, salt, nonce, ciphertext } = readSealed(sealed);
  const key = await keyOf(password, salt, cost);
  try {
    return secretbox(key, nonce).open(ciphertext);
  } catch {
    throw unusableKey("the password is not the key's, or the key file is damaged");
  }
}

/** @param pkcs8 - DER */
export async function sealKey(pkcs8: Uint8Array, password: string): Promise<Uint8Array> {
  const [salt, nonce] = [randomBytes(32), randomBytes(24)];
  const key = await keyOf(password, salt, usualCost);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  return Buffer.from(
    JSON.stringify({
      kdf: { name: "scrypt", params: usualCost, salt: base64(salt) },
      cipher: { name: "nacl/secretbox", nonce: base64(nonce) },
      ciphertext: base64(secretbox(key, nonce).seal(pkcs8)),
    }),
  );
}

function keyOf(password: string, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
  // Node asks for more than what is needed
  return scryptKey(password, Buffer.from(salt), 32, { ...cost, maxmem: scryptMemory(cost) + 1 });
}

/** What it says, the password apart. @throws CountersignError SIGNING_KEY_UNUSABLE, also when it asks for too much work */
export function readSealed(sealed: Uint8Array) {
  const json = explaining(() => parseJson(sealed));
  const fields = readExactObject(json, "", stop, { kdf: readKdf, cipher: readCipher, ciphertext: readBytes });
  const { kdf, cipher, ciphertext } = fields ?? stop("", "it is not whole");
  return { ...kdf, ...cipher, ciphertext };
}

const readKdf: Reader<{ readonly cost: ScryptCost; readonly salt: Uint8Array }> = (json, path) => {
  const fields = readExactObject(json, path, stop, { name: readText, params: readCost, salt: readBytes });
  const { name, params, salt } = fields ?? stop(path, "it is not whole");
  if (name !== "scrypt") stop(`${path}.name`, `${JSON.stringify(name)} is not known`);
  return { cost: params, salt };
};

const readCost: Reader<ScryptCost> = (json, path) => {
  const { N, r, p } =
    readExactObject(json, path, stop, { N: readCount, r: readCount, p: readCount }) ??
    stop(path, "it is not whole");
  const fault = scryptFault({ N, r, p }, maxMemory);
  if (fault !== undefined) stop(path, fault);
  return { N, r, p };
};

const readCipher: Reader<{ readonly nonce: Uint8Array }> = (json, path) => {
  const fields = readExactObject(json, path, stop, { name: readText, nonce: readBytes });
  const { name, nonce } = fields ?? stop(path, "it is not whole");
  if (name !== "nacl/secretbox") stop(`${path}.name`, `${JSON.stringify(name)} is not known`);
  if (nonce.length !== 24) stop(`${path}.nonce`, "it has 24 bytes");
  return { nonce };
};

const readBytes: Reader<Uint8Array> = (json, path) => {
  const text = readText(json, path, stop);
  return explaining(() => decodeBase64(text ?? ""));
};

const readCount: Reader<number> = (json, path) => {
  const number = json.kind === "number" && /^[1-9]\d{0,8}$/.test(json.text) ? Number(json.text) : undefined;
  return number ?? stop(path, "a number is expected");
};

function stop(path: string, why: string): never {
  throw unusableKey(`the encrypted key is not as cosign writes it: ${path === "" ? "" : `${path}: `}${why}`);
}

function explaining<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    return stop("", CountersignError.from(error).message);
  }
}
