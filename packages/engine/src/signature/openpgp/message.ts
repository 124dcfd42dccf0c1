import { refuse } from "../invalid.ts";
import { type Decompressed, decompress } from "./decompress.ts";
import { checkDocumentSignature, type FindSigner } from "./document-signature.ts";
import type { SigningKey } from "./key-validity.ts";
import { type Literal, readLiteral } from "./literal.ts";
import { isMisplaced, isWellFormed } from "./misplaced-packet.ts";
import { isMarker, looksBinary, type Packet, packetTag, readPacket } from "./packet.ts";
import { checkableSignatures, isAnyOverText, type Level, newLevel } from "./packet-order.ts";
import { readPublicKey } from "./public-key.ts";
import { readSignaturePacket, signatureType } from "./signature-packet.ts";
import { reportText, type SignatureReport, status } from "./signature-report.ts";

/** A message that one key has signed. */
export interface OpenedMessage {
  readonly contents: Uint8Array;
  readonly signer: SigningKey;
}

/**
 * Opens a signed message as gpgme does with `gpg --verify --output`: exactly one document, exactly one signature, and
 * that one good. What may stand around them, and which of several faults is told, is gpg's.
 * Source: GnuPG g10/mainproc.c; gpgme src/verify.c; containers/image signature/mechanism_gpgme.go, Verify.
 * @param now seconds since 1970
 * @throws CountersignError SIGNATURE_INVALID, with containers/image's text
 */
export function openMessage(message: Uint8Array, findSigner: FindSigner, now: number): OpenedMessage {
  const reading = new MessageReading(findSigner, now);
  reading.readWhole(message);
  const { reports, signer, contents } = reading;
  const [report] = reports;
  if (report === undefined || reports.length > 1)
    return refuse(`Unexpected GPG signature count ${reports.length}`);
  if (report.status !== status.good || signer === undefined || contents === undefined) {
    return refuse(reportText(report));
  }
  return { contents, signer };
}

/** A message's document, whether or not it is signed by anybody. Only to be shown. */
export function unverifiedContents(message: Uint8Array): Uint8Array | undefined {
  const reading = new MessageReading(() => undefined, 0);
  try {
    reading.readWhole(message);
  } catch {
    // what was read until then is as good as any
  }
  return reading.contents;
}

/** How gpg is done with the packets of a level: it goes on, it gives up as a whole, or it ends at once. */
type Ending =
  | { readonly type: "end" }
  | { readonly type: "failure"; readonly text: string }
  | { readonly type: "exit" };

const end: Ending = { type: "end" };
const exit: Ending = { type: "exit" };

/** An honest one has a few hundred bytes, and there may be a thousand of them. */
export const maxMessageSize: number = 128 * 1024;
const maxPackets = 1000;
/** More than one is never accepted; which of them are good only matters for how that is told. */
const maxSignatures = 8;
/** gpg's own */
const maxDepth = 32;

class MessageReading {
  readonly reports: SignatureReport[] = [];
  signer: SigningKey | undefined;
  #literal: Literal | undefined;
  #packets = 0;
  #decompressed = 0;
  readonly #findSigner: FindSigner;
  readonly #now: number;

  constructor(findSigner: FindSigner, now: number) {
    this.#findSigner = findSigner;
    this.#now = now;
  }

  get contents(): Uint8Array | undefined {
    return this.#literal?.contents;
  }

  readWhole(message: Uint8Array): void {
    if (message.length > maxMessageSize) refuse(`OpenPGP message has more than ${maxMessageSize} bytes`);
    // gpg then looks for armor, which a signature must not have (containers-signature.5)
    if (!looksBinary(message))
      refuse(isArmored(message) ? "OpenPGP message is armored, not binary" : "No data");
    const ending = this.#readLevel(message, newLevel(), 1);
    if (ending.type === "failure") refuse(ending.text);
  }

  /** The whole, or what was compressed in it. */
  #readLevel(bytes: Uint8Array, level: Level, depth: number): Ending {
    if (depth > maxDepth) return this.#failAfter("Bad data", "Bad data");
    const ending = this.#readPackets(bytes, level, depth);
    if (ending.type === "exit") return ending;
    for (const signature of checkableSignatures(level)) {
      if (this.reports.length >= maxSignatures)
        refuse(`OpenPGP message has more than ${maxSignatures} signatures`);
      const { report, signer } = checkDocumentSignature(
        signature,
        level.document,
        this.#findSigner,
        this.#now,
      );
      this.reports.push(report);
      this.signer = signer;
      if (report.status === status.bad || report.status === status.signatureExpired) return exit;
    }
    if (ending.type === "failure" || level.hasSignature) return ending;
    return this.#failAfter("No data", "No data");
  }

  #readPackets(bytes: Uint8Array, level: Level, depth: number): Ending {
    for (let at = 0; at < bytes.length; ) {
      if (++this.#packets > maxPackets) refuse(`OpenPGP message has more than ${maxPackets} packets`);
      const packet = readPacket(bytes, at);
      if (level.isFragile && packet?.isCut !== false) return exit;
      if (packet === undefined) return this.#stop();
      if (packet.tag === packetTag.compressed) {
        const { ending, next } = this.#readCompressed(bytes, packet, level, depth);
        if (ending.type !== "end") return ending;
        at = next;
      } else {
        const ending = this.#readPacket(packet, level);
        if (ending !== undefined) return ending;
        at = packet.end;
      }
    }
    return end;
  }

  /** @returns undefined to go on */
  #readPacket(packet: Packet, level: Level): Ending | undefined {
    const { tag, body, isCut } = packet;
    switch (tag) {
      case packetTag.signature: {
        const signature = readSignaturePacket(packet);
        if (signature === "cut") return end;
        if (signature === "fatal") return exit;
        if (signature === "invalid") return this.#stop();
        level.hasSignature = true;
        level.nodes.push({ type: "signature", signature });
        return undefined;
      }
      case packetTag.onePassSignature: {
        const [version, type, hash] = body;
        if (body.length < 13 || version !== 3 || hash === undefined) return this.#stop();
        level.nodes.push({ type: "announcement", hash, isOverText: type === signatureType.text });
        return undefined;
      }
      case packetTag.literal:
        return this.#readDocument(packet, level);
      case packetTag.publicKey:
      case packetTag.publicSubkey: {
        const key = isCut ? "invalid" : readPublicKey(body);
        if (key === "invalid") return this.#stop();
        if (key === "old") return undefined;
        if (tag === packetTag.publicKey) return this.#failAfter("Bad data", "Unexpected error");
        return undefined;
      }
      case packetTag.marker:
        return isMarker(body) ? undefined : this.#stop();
      case packetTag.integrity:
        return body.length === sha1Size ? undefined : this.#stop();
      case packetTag.secretSubkey:
      case packetTag.control:
        return this.#stop();
      default:
        if (!isMisplaced(packet)) return undefined;
        return isWellFormed(packet) ? this.#failAfter("Bad data", "Unexpected error") : this.#stop();
    }
  }

  #readDocument(packet: Packet, level: Level): Ending | undefined {
    const literal = readLiteral(packet);
    if (literal === undefined) return this.#stop();
    if (this.#literal !== undefined) return refuse("Bad data");
    this.#literal = literal;
    const hashes = level.nodes.flatMap((node) => {
      if (node.type === "announcement") return [node.hash];
      return node.type === "signature" ? [node.signature.hashAlgorithmId] : [];
    });
    const octets = isAnyOverText(level.nodes) ? literal.asText : literal.octets;
    const data = { octets, literalHead: literal.head };
    level.document = { data, hashes: new Set(hashes) };
    level.nodes.push({ type: "document" });
    return undefined;
  }

  #readCompressed(
    bytes: Uint8Array,
    packet: Packet,
    level: Level,
    depth: number,
  ): { readonly ending: Ending; readonly next: number } {
    const isInParts = packet.framing === "partial";
    if (isInParts && packet.isCut) return { ending: this.#stop(), next: packet.end };
    // gpg leaves it to the compression to say where it ends, not to the packet
    const body = isInParts ? packet.body : bytes.subarray(packet.start);
    const method = methods.get(body[0] ?? 0xff);
    const unknown: Ending = { type: "failure", text: "Unknown compression algorithm" };
    if (method === undefined) return { ending: unknown, next: packet.end };
    if (method === "bzip2") return refuse("OpenPGP message is compressed with bzip2, which is not read here");
    const decompressed = decompress(method, body.subarray(1), maxMessageSize - this.#decompressed);
    if (decompressed === "broken") return { ending: exit, next: packet.end };
    if (decompressed === "too large")
      return refuse(`OpenPGP message decompresses to more than ${maxMessageSize} bytes`);
    this.#decompressed += decompressed.octets.length;
    const inner = newLevel();
    inner.isFragile = decompressed.behind === "a fault";
    const ending = this.#readLevel(decompressed.octets, inner, depth + 1);
    level.hasSignature ||= inner.hasSignature;
    if (ending.type === "end") this.#goBehind(decompressed.behind);
    // it reads ahead, and what it has read is gone
    const read = Math.ceil(decompressed.read / readAhead) * readAhead;
    return { ending, next: isInParts ? packet.end : packet.start + 1 + read };
  }

  #goBehind(behind: Decompressed["behind"]): void {
    if (behind === "garbage") this.#spoil("No data");
    if (behind === "a fault") refuse("OpenPGP message ends before its compression does");
  }

  /** An invalid packet: gpg goes on with what it has, and gpgme remembers. */
  #stop(): Ending {
    this.#spoil("No data");
    return end;
  }

  #failAfter(first: string, text: string): Ending {
    this.#spoil(first);
    return { type: "failure", text };
  }

  /** What gpg complains about before any signature fails the whole; later it spoils the signature before. */
  #spoil(text: string): void {
    const last = this.reports.pop() ?? refuse(text);
    this.reports.push({ ...last, status: status.noData });
  }
}

function isArmored(message: Uint8Array): boolean {
  return /^-----BEGIN PGP /m.test(Buffer.from(message).toString("latin1"));
}

const methods: ReadonlyMap<number, "none" | "zip" | "zlib" | "bzip2"> = new Map([
  [0, "none"],
  [1, "zip"],
  [2, "zlib"],
  [3, "bzip2"],
]);

const readAhead = 2048;
const sha1Size = 20;
