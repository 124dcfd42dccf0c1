/** What gpg 2.4 knows of the algorithms that can sign (g10/misc.c); every other cannot be verified. */

export interface HashAlgorithm {
  /** OpenSSL's name */
  readonly name: string;
  /** octets of a digest */
  readonly size: number;
  /** gpg takes no signature over it */
  readonly weak: boolean;
}

const hashes: ReadonlyMap<number, HashAlgorithm> = new Map([
  [1, { name: "md5", size: 16, weak: true }],
  [2, { name: "sha1", size: 20, weak: false }],
  [3, { name: "ripemd160", size: 20, weak: false }],
  [8, { name: "sha256", size: 32, weak: false }],
  [9, { name: "sha384", size: 48, weak: false }],
  [10, { name: "sha512", size: 64, weak: false }],
  [11, { name: "sha224", size: 28, weak: false }],
]);

/** undefined for one that gpg does not have */
export function hashAlgorithm(id: number): HashAlgorithm | undefined {
  return hashes.get(id);
}

export interface KeyAlgorithm {
  readonly type: "rsa" | "dsa" | "ecdsa" | "eddsa" | "elgamal" | "ecdh";
  /** what a key of it may be used for, as bits of {@link usage} */
  readonly allows: number;
  /** how many numbers a signature by it has; 0 if it cannot sign */
  readonly signatureNumbers: number;
  /** gpgme's number for it */
  readonly gpgme: number;
}

/** Key flags, as the first octet of their subpacket has them. */
export const usage = { certify: 0x01, sign: 0x02, encrypt: 0x0c, authenticate: 0x20 } as const;

const signing = usage.certify | usage.sign | usage.authenticate;

const keys: ReadonlyMap<number, KeyAlgorithm> = new Map([
  [1, { type: "rsa", allows: signing | usage.encrypt, signatureNumbers: 1, gpgme: 1 }],
  [2, { type: "rsa", allows: usage.encrypt, signatureNumbers: 1, gpgme: 2 }],
  [3, { type: "rsa", allows: usage.certify | usage.sign, signatureNumbers: 1, gpgme: 3 }],
  [16, { type: "elgamal", allows: usage.encrypt, signatureNumbers: 0, gpgme: 16 }],
  [17, { type: "dsa", allows: signing, signatureNumbers: 2, gpgme: 17 }],
  [18, { type: "ecdh", allows: usage.encrypt, signatureNumbers: 0, gpgme: 302 }],
  [19, { type: "ecdsa", allows: signing, signatureNumbers: 2, gpgme: 301 }],
  [20, { type: "elgamal", allows: 0, signatureNumbers: 2, gpgme: 20 }],
  [22, { type: "eddsa", allows: signing, signatureNumbers: 2, gpgme: 303 }],
]);

/** Whether gpg can do anything at all with it; Elgamal keys that sign are long gone. */
export function isSupported(id: number): boolean {
  return id !== 20 && keys.has(id);
}

/** undefined for one that gpg does not know */
export function keyAlgorithm(id: number): KeyAlgorithm | undefined {
  return keys.get(id);
}
