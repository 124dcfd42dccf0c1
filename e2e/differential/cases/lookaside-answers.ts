import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Digest } from "@countersign/engine/values/digest";
import { signatureFile } from "@countersign/testkit/lookaside/lookaside";
import { answer, json, type RegistryAnswer, refusal } from "@countersign/testkit/registry/registry-answer";
import type { Question, Site } from "../case.ts";
import { askedAt, goodFor, inFiles, lookasideAt, onServer } from "../evidence/lookasides.ts";
import { accept, demand, reject } from "../evidence/policies.ts";
import { trusting } from "../evidence/signed.ts";
import { storeImage } from "../evidence/store.ts";
import { named, type Rows, rowsOf } from "./table.ts";

const text = { "content-type": "text/plain" };
const html = { "content-type": "text/html; charset=utf-8" };

/** What the server answers where a signature is asked for. */
const answers: Readonly<Record<string, (good: Uint8Array) => RegistryAnswer>> = {
  "200": (good) => answer(200, {}, good),
  "200 as a page": (good) => answer(200, html, good),
  "200 with a page": () => answer(200, html, "<html>not found</html>"),
  "200 without a body": () => answer(200),
  "200 with more after it": (good) => answer(200, {}, Buffer.concat([good, Buffer.from("\n")])),
  "200, cut short": (good) => answer(200, {}, good.subarray(0, -10)),
  "200 of 4 MiB": (good) => answer(200, {}, padded(good, 4 << 20)),
  "200 of 4 MiB and a byte": (good) => answer(200, {}, padded(good, (4 << 20) + 1)),
  "200, compressed": (good) => answer(200, {}, gzipSync(good)),
  "201": (good) => answer(201, {}, good),
  "202": (good) => answer(202, {}, good),
  "203": (good) => answer(203, {}, good),
  "204": () => answer(204),
  "206": (good) => answer(206, {}, good),
  "300": () => answer(300),
  "301 to nowhere": () => answer(301),
  "302 to nowhere": () => answer(302),
  "304": () => answer(304),
  "307 to nowhere": () => answer(307),
  "400": () => answer(400, text, "bad"),
  "401": () => answer(401),
  "401 with a challenge": () => answer(401, { "www-authenticate": 'Basic realm="x"' }),
  "401 with a bearer challenge": () =>
    answer(401, { "www-authenticate": 'Bearer realm="http://127.0.0.1:1/token"' }),
  "403": () => answer(403),
  "403 as a registry says it": () => refusal(403, "DENIED", "denied"),
  "404": () => answer(404),
  "404 with a page": () => answer(404, html, "<h1>Not found</h1>"),
  "404 with a signature": (good) => answer(404, {}, good),
  "404 as a registry says it": () => refusal(404, "DENIED", "denied"),
  "404 with a great page": () => answer(404, html, "x".repeat(1 << 20)),
  "405": () => answer(405),
  "406": () => answer(406),
  "410": () => answer(410),
  "416": () => answer(416),
  "418": () => answer(418),
  "451": () => answer(451),
  "500": () => answer(500, text, "oh"),
  "501": () => answer(501),
  "502": () => answer(502, html, "<h1>Bad Gateway</h1>"),
  "505": () => answer(505),
  "599": () => answer(599),
  MANIFEST_UNKNOWN: () => json(400, { errors: [{ code: "MANIFEST_UNKNOWN" }] }),
};

/** Blanks after the JSON change its size, and nothing else. */
function padded(blob: Uint8Array, size: number): Uint8Array {
  return Buffer.concat([blob, Buffer.alloc(size - blob.length, " ")]);
}

/** Where a signature's address may lead to. */
const redirects: Readonly<Record<string, (site: Site, digest: Digest) => string>> = {
  "a path": (site) => `/sigs/${site.repository}/moved`,
  "a relative path": () => "../moved",
  "the next one": () => "signature-2",
  "an address": (site) => `http://${site.lookaside.address}/sigs/${site.repository}/moved`,
  "the registry": (site) => `http://${site.host}/v2/${site.repository}/moved`,
  "a path where there is nothing": (site) => `/sigs/${site.repository}/gone`,
  "an address where nobody is": () => "http://127.0.0.1:1/moved",
  itself: (site, digest) => `/sigs/${signatureFile(site.repository, digest, 1)}`,
};

/** What is done to the file of a good signature. */
const spoilt: Readonly<Record<string, (file: string, good: Uint8Array) => void>> = {
  "it is a directory": (file) => {
    rmSync(file);
    mkdirSync(file);
  },
  "it is a link": (file, good) => {
    rmSync(file);
    writeFileSync(join(dirname(file), "elsewhere"), good);
    symlinkSync("elsewhere", file);
  },
  "it is a link to nothing": (file) => {
    rmSync(file);
    symlinkSync("nowhere", file);
  },
  "it is a link to itself": (file) => {
    rmSync(file);
    symlinkSync("signature-1", file);
  },
  "it is a link to a directory": (file) => {
    rmSync(file);
    symlinkSync(".", file);
  },
  "its directory is a file": (file) => {
    rmSync(dirname(file), { recursive: true });
    writeFileSync(dirname(file), "");
  },
  "its directory is missing": (file) => rmSync(dirname(file), { recursive: true }),
  "its directory is a link": (file, good) => {
    const elsewhere = `${dirname(file)}-elsewhere`;
    rmSync(dirname(file), { recursive: true });
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "signature-1"), good);
    symlinkSync(elsewhere, dirname(file));
  },
  "it is numbered from zero": (file, good) => {
    rmSync(file);
    writeFileSync(join(dirname(file), "signature-0"), good);
  },
  "its number has a zero before it": (file, good) => {
    rmSync(file);
    writeFileSync(join(dirname(file), "signature-01"), good);
  },
  "there is only the second": (file, good) => {
    rmSync(file);
    writeFileSync(join(dirname(file), "signature-2"), good);
  },
  "the second is a directory": (file) => mkdirSync(join(dirname(file), "signature-2")),
  "the third is junk": (file) => writeFileSync(join(dirname(file), "signature-3"), "junk"),
  "nobody may read it, except root": (file) => chmodSync(file, 0),
  "it has 4 MiB": (file, good) => writeFileSync(file, padded(good, 4 << 20)),
};

export const lookasideAnswerRows: Rows = {
  ...rowsOf(
    Object.entries(answers).flatMap(([name, make]) =>
      [1, 2].map((number) => [`${name}, as number ${number}`, { make, number }] as const),
    ),
    ({ make, number }) =>
      (site) => {
        const image = storeImage(site);
        const good = goodFor(site, image);
        site.lookaside.answer(image.digest, number, make(good));
        return askedAt(site, onServer(site, image, [good]));
      },
  ),
  ...rowsOf(named("redirected to ", redirects), (target) => (site) => {
    const image = storeImage(site);
    const good = goodFor(site, image);
    site.lookaside.answer(image.digest, 1, answer(307, { location: target(site, image.digest) }));
    site.lookaside.putFile(`/sigs/${site.repository}/moved`, good);
    site.answer("moved", answer(200, {}, good));
    return askedAt(site, onServer(site, image, []));
  }),
  ...rowsOf(
    [301, 302, 303, 307, 308].map((status) => [`redirected by ${status}`, status] as const),
    (status) => (site) => {
      const image = storeImage(site);
      site.lookaside.answer(image.digest, 1, answer(status, { location: `/sigs/${site.repository}/moved` }));
      site.lookaside.putFile(`/sigs/${site.repository}/moved`, goodFor(site, image));
      return askedAt(site, onServer(site, image, []));
    },
  ),
  ...rowsOf(
    Object.entries({
      "anything accepted": [accept],
      "everything rejected": [reject],
    }),
    (requirements) =>
      (site): Question => {
        const image = storeImage(site);
        site.lookaside.answer(image.digest, 1, answer(500));
        const registriesD = lookasideAt(onServer(site, image, []));
        return { image: `${site.name}:v1`, policy: demand(site, ...requirements), registriesD };
      },
  ),
  ...rowsOf(named("a file: ", spoilt), (spoil) => (site) => {
    const image = storeImage(site);
    const good = goodFor(site, image);
    const address = inFiles(site, image, [good]);
    spoil(join(address.slice("file://".length), signatureFile(site.repository, image.digest, 1)), good);
    return askedAt(site, address);
  }),
  "a registry that wants credentials, and a server that does not": (open) => {
    const site = open.guarded("basic");
    const image = storeImage(site);
    const address = onServer(site, image, [goodFor(site, image)]);
    return { ...trusting(site), registriesD: lookasideAt(address) };
  },
};
