import { isSupported } from "./algorithms.ts";
import { signatureFault } from "./check-signature.ts";
import type { Subject } from "./key-block.ts";
import type { KeyringWork } from "./keyring-work.ts";
import { bigEndian } from "./octets.ts";
import type { OpenPgpKey } from "./public-key.ts";
import { type SignaturePacket, signatureType } from "./signature-packet.ts";

/** Whether a signature by `signer` verifies over `subject`, a part of `primary`'s certificate. */
export function verifiesOver(
  signature: SignaturePacket,
  signer: OpenPgpKey,
  primary: OpenPgpKey,
  subject: Subject,
  work: KeyringWork,
): boolean {
  if (!isAbout(signature, subject) || !isSupported(signature.keyAlgorithmId)) return false;
  work.verifySignature();
  const octets = Buffer.concat([primary.hashed, subjectOctets(subject, signature)]);
  return signatureFault(signature, signer, { octets }) === undefined;
}

function isAbout({ type }: SignaturePacket, subject: Subject): boolean {
  switch (subject.type) {
    case "primary":
      return type === signatureType.directKey || type === signatureType.keyRevocation;
    case "subkey":
      return type === signatureType.subkeyBinding || type === signatureType.subkeyRevocation;
    case "userId":
      return (type >= 0x10 && type <= 0x13) || type === signatureType.certificationRevocation;
  }
}

function subjectOctets(subject: Subject, { version }: SignaturePacket): Uint8Array {
  switch (subject.type) {
    case "primary":
      return new Uint8Array();
    case "subkey":
      return subject.key.hashed;
    case "userId": {
      const { octets, isAttribute } = subject;
      if (version < 4) return octets;
      return Buffer.concat([bigEndian(isAttribute ? 0xd1 : 0xb4, 1), bigEndian(octets.length, 4), octets]);
    }
  }
}
