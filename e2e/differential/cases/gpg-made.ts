import { type GnuPg, openGnuPg, revocationOf } from "../../peers/gnupg.ts";
import type { Question, Site } from "../case.ts";
import { askedFor, type SignedDocument } from "../evidence/gpg.ts";
import { type Rows, rowsOf } from "./table.ts";

/** One key of gpg's own, in the case's directory. */
interface Made {
  readonly gpg: GnuPg;
  readonly key: string;
}

/** What gpg can be told when it signs. */
const options: Readonly<Record<string, readonly string[]>> = {
  "as it does by itself": [],
  "not compressed": ["--compress-algo", "none"],
  "compressed by zlib": ["--compress-algo", "zlib"],
  "compressed its best": ["-z", "9"],
  "as text": ["--textmode"],
  "with a file's name": ["--set-filename", "payload.json"],
  "with an end": ["--default-sig-expire", "1y"],
  "with a notation": ["--sig-notation", "name@example.com=value"],
  "with a critical notation": ["--sig-notation", "!name@example.com=value"],
  "with a policy": ["--sig-policy-url", "https://signing.example/policy"],
  "with a key server": ["--sig-keyserver-url", "hkps://keys.example"],
  "with its key": ["--include-key-block"],
  "by RFC 4880": ["--rfc4880"],
  "with SHA-1": ["--digest-algo", "SHA1"],
  "with SHA-256": ["--digest-algo", "SHA256"],
  "in the future": ["--faked-system-time", "20900101T000000"],
  detached: ["--detach-sign"],
  "stored only": ["--store"],
};

const algorithms = [
  ...(["rsa1024", "rsa2048", "rsa4096", "dsa1024", "dsa2048", "ed25519", "nistp256", "nistp384"] as const),
  ...(["nistp521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1", "secp256k1"] as const),
];

/** What may become of a key. */
const fates: Readonly<
  Record<string, (made: Made, sign: (...options: readonly string[]) => Buffer) => SignedDocument>
> = {
  "a subkey signs": ({ gpg, key }, sign) => {
    gpg.addSubkey(key);
    return { message: sign(), files: [gpg.export(key)] };
  },
  "a subkey signs, and is revoked": ({ gpg, key }, sign) => {
    gpg.addSubkey(key);
    const message = sign();
    gpg.run(["--command-fd", "0", "--edit-key", key], Buffer.from("key 1\nrevkey\ny\n0\n\ny\nsave\n"));
    return { message, files: [gpg.export(key)] };
  },
  "it has ended": ({ gpg }, sign) => {
    const then = ["--faked-system-time", "20200101T000000"];
    const key = gpg.generate("Old <old@signing.example>", "ed25519", ...then);
    gpg.run([...then, "--quick-set-expire", key, "1d"]);
    return { message: sign("--local-user", key, ...then), files: [gpg.export(key)] };
  },
  "it is extended": ({ gpg, key }, sign) => {
    gpg.run(["--quick-set-expire", key, "1y"]);
    return { message: sign(), files: [gpg.export(key)] };
  },
  "it is revoked by the certificate made with it": ({ gpg, key }, sign) => ({
    message: sign(),
    files: [gpg.export(key), revocationOf(gpg.home, key)],
  }),
  "its name is revoked for another": ({ gpg, key }, sign) => {
    gpg.run(["--quick-add-uid", key, "Other <other@signing.example>"]);
    gpg.run(["--quick-revoke-uid", key, "Gpg <gpg@signing.example>"]);
    return { message: sign(), files: [gpg.export(key)] };
  },
  "it is exported minimal": ({ gpg, key }, sign) => ({
    message: sign(),
    files: [gpg.export(key, "--export-options", "export-minimal")],
  }),
  "it is exported armored": ({ gpg, key }, sign) => ({
    message: sign(),
    files: [gpg.export(key, "--armor")],
  }),
  "another signed it": ({ gpg, key }, sign) => {
    const other = gpg.generate("Another <another@signing.example>");
    gpg.run(["--local-user", other, "--quick-sign-key", key]);
    return { message: sign(), files: [gpg.export(key)] };
  },
  "another key signs": ({ gpg }, sign) => {
    const message = sign();
    const other = gpg.generate("Another <another@signing.example>");
    return { message, files: [gpg.export(other)] };
  },
};

export const gpgMadeRows: Rows = {
  ...rowsOf(
    Object.entries(options),
    (list) => (site) =>
      made(site, "ed25519", ({ gpg, key }, document) => ({
        message: gpg.sign(document, "--local-user", key, ...list),
        files: [gpg.export(key)],
      })),
  ),
  ...rowsOf(
    algorithms.map((algorithm) => [`by ${algorithm}`, algorithm] as const),
    (algorithm) => (site) =>
      made(site, algorithm, ({ gpg, key }, document) => ({
        message: gpg.sign(document, "--local-user", key),
        files: [gpg.export(key)],
      })),
  ),
  ...rowsOf(
    Object.entries(fates).map(([what, fate]) => [`where ${what}`, fate] as const),
    (fate) => (site) =>
      made(site, "ed25519", (one, document) =>
        fate(one, (...options) =>
          one.gpg.sign(document, ...(options.length === 0 ? ["--local-user", one.key] : options)),
        ),
      ),
  ),
  // which OpenSSL does not do
  "by dsa1024 over RIPEMD-160": (site) =>
    made(site, "dsa1024", ({ gpg, key }, document) => ({
      message: gpg.sign(document, "--digest-algo", "RIPEMD160"),
      files: [gpg.export(key)],
    })),
  "by two": (site) =>
    made(site, "ed25519", ({ gpg, key }, document) => {
      const other = gpg.generate("Another <another@signing.example>");
      return {
        message: gpg.sign(document, "--local-user", key, "--local-user", other),
        files: [gpg.export(key), gpg.export(other)],
      };
    }),
};

/** Asks for an image whose signature and key files gpg makes. */
export function made(
  site: Site,
  algorithm: string,
  make: (made: Made, document: Buffer) => SignedDocument,
): Question {
  const gpg = openGnuPg(site.directory("peer"));
  const key = gpg.generate("Gpg <gpg@signing.example>", algorithm);
  return askedFor(site, (document) => make({ gpg, key }, document));
}
