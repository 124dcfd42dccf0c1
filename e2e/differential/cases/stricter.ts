import { generateKeyPairSync, sign } from "node:crypto";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { withAnnotations } from "@countersign/testkit/signing-kit/cosign-signature";
import type { Question, Site } from "../case.ts";
import { kit, trusted } from "../evidence/kit.ts";
import { askedAt, goodFor, inFiles, lookasideAt } from "../evidence/lookasides.ts";
import { accept, demand } from "../evidence/policies.ts";
import { signatureOf, storeSigned, storeSignedOften, trusting } from "../evidence/signed.ts";
import { attach, mediaTypes, signaturePath, storeImage } from "../evidence/store.ts";
import { made } from "./gpg-made.ts";
import { keyAndLog } from "./rekor-entry.ts";
import type { Rows } from "./table.ts";

/** One case at least for every known difference in which the reference allows what Countersign refuses. */
export const stricterRows: Rows = {
  "RSA of 512 bits signs": (site) => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 512 });
    storeSigned(site, (good) =>
      withAnnotations(good, {
        "dev.cosignproject.cosign/signature": sign("sha256", good.payload, privateKey).toString("base64"),
      }),
    );
    return trusting(site, publicKey.export({ type: "spki", format: "pem" }));
  },
  "RSA of 512 bits is trusted, another key signed": (site) => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 512 });
    storeSigned(site);
    return trusting(site, publicKey.export({ type: "spki", format: "pem" }));
  },
  "an index with two lists, the second the good one": (site) =>
    indexed(site, (digest) => `{"schemaVersion":2,"manifests":[],"manifests":[${entry(digest)}]}`),
  "an index that names an instance's digest twice": (site) =>
    indexed(
      site,
      (digest) => `{"schemaVersion":2,"manifests":[${entry(digest).replace("{", `{"digest":"x",`)}]}`,
    ),
  "1001 signatures, the last one good": (site) => {
    storeSignedOften(site, (good, { digest }) => {
      const other = kit.sign(trusted, { digest, reference: "ex.com/other:v1" });
      return [...Array.from({ length: 1000 }, () => other), good];
    });
    return trusting(site);
  },
  "a promise with a quarter of a million spaces": (site) => {
    storeSigned(site, (_, { digest }) => {
      const logged = kit.signLogged(trusted, { digest, reference: `${site.name}:v1` });
      const set = logged.annotations.get("dev.sigstore.cosign/bundle") ?? "";
      return withAnnotations(logged, { "dev.sigstore.cosign/bundle": set + " ".repeat(1 << 18) });
    });
    return { image: `${site.name}:v1`, policy: demand(site, keyAndLog()) };
  },
  "a layer that is kept elsewhere and found there": (site) =>
    keptAt(site, `http://${site.host}/v2/${site.repository}/kept`),
  "a layer that is kept elsewhere and not found there": (site) => keptAt(site, "http://127.0.0.1:1/x"),
  "a stored signature with 5 MiB of blanks": (site) => {
    const image = storeImage(site);
    return askedAt(site, inFiles(site, image, [blanksAfter(goodFor(site, image), 5)]));
  },
  "stored signatures of 36 MiB, the last one good": (site) => {
    const image = storeImage(site);
    const large = blanksAfter(Buffer.from("\0sigstore-json\n{}"), 3.9);
    const address = inFiles(site, image, [...Array.from({ length: 9 }, () => large), goodFor(site, image)]);
    return askedAt(site, address);
  },
  "a stored signature with a million members": (site) => {
    const image = storeImage(site);
    const good = goodFor(site, image);
    const members = `,"x":[${"{},".repeat(1_000_000)}{}]}`;
    return askedAt(site, inFiles(site, image, [Buffer.concat([good.subarray(0, -1), Buffer.from(members)])]));
  },
  "a lookaside's directory whose name is no UTF-8": (site) => {
    const image = storeImage(site);
    attach(site, image, [signatureOf(image, `${site.name}:v1`)]);
    const registriesD = lookasideAt("file:///nowhere/%ff", "  use-sigstore-attachments: true\n");
    return { ...trusting(site), registriesD };
  },
  "a policy's key file holds the secret key too": (site) =>
    made(site, "ed25519", ({ gpg, key }, document) => ({
      message: gpg.sign(document),
      files: [gpg.run(["--export-secret-keys", key])],
    })),
  "a policy's key file holds the secret key, which is revoked; another the key as it was": (site) =>
    made(site, "ed25519", ({ gpg, key }, document) => {
      const message = gpg.sign(document);
      const before = gpg.export(key);
      gpg.revoke(key);
      return { message, files: [gpg.run(["--export-secret-keys", key]), before] };
    }),
  "a signature that is compressed with bzip2": (site) =>
    made(site, "ed25519", ({ gpg, key }, document) => ({
      message: gpg.sign(document, "--compress-algo", "bzip2"),
      files: [gpg.export(key)],
    })),
};

function blanksAfter(blob: Uint8Array, mebibytes: number): Uint8Array {
  return Buffer.concat([blob, Buffer.alloc(mebibytes * 1024 * 1024, " ")]);
}

function indexed(site: Site, text: (digest: string) => string): Question {
  const { digest } = storeImage(site, "amd64");
  site.store.putManifest(site.repository, Buffer.from(text(digest)), mediaTypes.index, "v1");
  return { image: `${site.name}:v1`, policy: demand(site, accept) };
}

function entry(digest: string): string {
  const platform = `{"os":"linux","architecture":"amd64"}`;
  return `{"mediaType":"${mediaTypes.manifest}","digest":"${digest}","size":1,"platform":${platform}}`;
}

function keptAt(site: Site, url: string): Question {
  const image = storeImage(site);
  const good = signatureOf(image, `${site.name}:v1`);
  const manifest = JSON.parse(Buffer.from(attach(site, image, [good]).bytes).toString());
  manifest.layers[0].urls = [url];
  site.answer("kept", answer(200, {}, good.payload));
  site.answer(
    signaturePath(image),
    answer(200, { "content-type": mediaTypes.manifest }, JSON.stringify(manifest)),
  );
  return trusting(site);
}
