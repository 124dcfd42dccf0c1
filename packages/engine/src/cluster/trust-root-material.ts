import { parseCertificates } from "../signature/certificates-pem.ts";
import { reasonOf, refuse } from "../signature/invalid.ts";
import { parsePublicKeyPem } from "../signature/public-key-pem.ts";
import { quote } from "../values/go-format.ts";
import { decodeBase64 } from "../values/strict-base64.ts";
import type { Reader } from "../values/strict-object.ts";
import { readText } from "../values/strict-value.ts";
import { requireTufRoot } from "./tuf-root-json.ts";

/** More certificates than one authority's chain has. */
export const maxChain = 16;

/**
 * Readers of what a TrustRoot trusts, each the bytes behind base64. They are parsed where they are read: junk in a
 * TrustRoot must not first show as an image that no node accepts.
 */

/** The root.json of an Update Framework repository. */
export const readTufRoot = bytesThat(requireTufRoot);

/** Certificates in PEM, the root last. */
export const readCertificateChain = bytesThat((bytes) => {
  if (parseCertificates(bytes, maxChain).length === 0)
    refuse("there is no certificate in it; give them in PEM");
});

/** A log's public key, in PEM. */
export const readLogKey = bytesThat((bytes) => {
  if (parsePublicKeyPem(bytes).type === "unsupported")
    refuse("a key of this kind signs no log that is read here");
});

/** Where a log is: its checkpoints are recognized by the host. */
export const readLogUrl: Reader<string> = (json, path, report) => {
  const text = readText(json, path, report);
  if (text === undefined || (URL.parse(text)?.host ?? "") !== "") return text;
  report(path, `${quote(text)}: a URL with a host is expected`);
  return undefined;
};

function bytesThat(require: (bytes: Uint8Array) => void): Reader<Uint8Array> {
  return (json, path, report) => {
    const text = readText(json, path, report);
    if (text === undefined) return undefined;
    try {
      const bytes = decodeBase64(text);
      require(bytes);
      return bytes;
    } catch (caught) {
      report(path, reasonOf(caught));
      return undefined;
    }
  };
}
