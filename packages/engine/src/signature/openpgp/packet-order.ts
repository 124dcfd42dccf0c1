import type { DocumentToCheck } from "./document-signature.ts";
import { type SignaturePacket, signatureType } from "./signature-packet.ts";

/** What counts for the order of packets. */
export type Node =
  | { readonly type: "announcement"; readonly hash: number; readonly isOverText: boolean }
  | { readonly type: "document" }
  | { readonly type: "signature"; readonly signature: SignaturePacket };

/** One level of a message: the whole, or what was compressed in it. */
export interface Level {
  readonly nodes: Node[];
  document: DocumentToCheck | undefined;
  /** its own, or one of what was compressed in it */
  hasSignature: boolean;
  /** gpg ends itself where it wants more of it than there is */
  isFragile: boolean;
}

export function newLevel(): Level {
  return { nodes: [], document: undefined, hasSignature: false, isFragile: false };
}

/**
 * The signatures that gpg looks at: announcements, a document and as many signatures; or signatures and a document,
 * which came before OpenPGP. In any other order it is not clear what is signed, and gpg then looks at none.
 * Source: GnuPG g10/mainproc.c, proc_tree and check_sig_and_print.
 */
export function checkableSignatures({ nodes, document }: Level): readonly SignaturePacket[] {
  const signatures = nodes.flatMap((node) => (node.type === "signature" ? [node.signature] : []));
  const [first] = signatures;
  // over a document that is elsewhere
  const isDetached = document === undefined && first !== undefined && first.type <= 1;
  if (isDetached || !isOrdered(nodes)) return [];
  return nodes[0]?.type === "signature" ? alike(signatures, document !== undefined) : signatures;
}

/** Whether a signature that came or was announced before the document is over its text; then every one is. */
export function isAnyOverText(nodes: readonly Node[]): boolean {
  return nodes.some((node) => {
    if (node.type === "announcement") return node.isOverText;
    return node.type === "signature" && node.signature.type === signatureType.text;
  });
}

function isOrdered(nodes: readonly Node[]): boolean {
  const leading = (type: Node["type"], from: number) => {
    const until = nodes.findIndex((node, at) => at >= from && node.type !== type);
    return (until < 0 ? nodes.length : until) - from;
  };
  const announcements = leading("announcement", 0);
  if (announcements > 0) {
    const signed = nodes[announcements]?.type === "document" ? leading("signature", announcements + 1) : 0;
    return signed === announcements;
  }
  const signatures = leading("signature", 0);
  return (
    signatures > 0 &&
    (signatures === nodes.length || (signatures === nodes.length - 1 && nodes.at(-1)?.type === "document"))
  );
}

/** Of signatures that differ in what they are over, only the first. */
function alike(signatures: readonly SignaturePacket[], hasDocument: boolean): readonly SignaturePacket[] {
  const [first] = signatures;
  const isAlike = signatures.every(
    ({ type, hashAlgorithmId }) =>
      type === first?.type && (!hasDocument || hashAlgorithmId === first.hashAlgorithmId),
  );
  return isAlike ? signatures : signatures.slice(0, 1);
}
