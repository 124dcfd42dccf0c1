import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { tarOf } from "@countersign/testkit/registry/tar";
import type { Question, Site } from "../case.ts";
import { kit, trusted } from "../evidence/kit.ts";
import { askedAs, demandOf, intoDirectory, intoLayout } from "../evidence/local-images.ts";
import { accept, demandEverywhere, inBase64, sigstoreSigned } from "../evidence/policies.ts";
import { mediaTypes, storeImage } from "../evidence/store.ts";
import type { Rows } from "./table.ts";

const refName = "org.opencontainers.image.ref.name";

/** One case at least for every known difference about images in directories. */
export const stricterDirectoryRows: Rows = {
  "a directory of a version to come": (site) =>
    changed(site, "version", () => "Directory Transport Version: 9.9\n"),
  "a directory whose version is none": (site) => changed(site, "version", () => "hello"),
  "a directory whose manifest says its type twice": (site) =>
    changed(site, "manifest.json", (text) => text.replace("{", `{"MediaType":"${mediaTypes.manifest}",`)),
  "a directory with a manifest of five megabytes": (site) =>
    changed(site, "manifest.json", (text) => text.replace("{", `{"x":"${"x".repeat(5 << 20)}",`)),
  "a directory with a signature of five megabytes, then a good one": (site) =>
    signed(site, (good) => [Buffer.alloc(5 << 20, "\x90", "latin1"), good]),
  "a directory with 1001 signatures, the last one good": (site) =>
    signed(site, (good) => [...Array.from({ length: 1000 }, () => Buffer.from("\0simple-signing\n")), good]),
  "an index.json with something after it": (site) => indexed(site, (text) => `${text}x`),
  "an index.json with two lists, the second the good one": (site) =>
    indexed(site, (text) => text.replace("{", `{"manifests":[],`)),
  "an index.json that names an image twice": (site) =>
    indexed(site, (text) => text.replace(`"annotations":{`, `"annotations":{"${refName}":"v2",`)),
  "an archive": (site) => {
    const layout = intoLayout(site, [["v1", storeImage(site)]]);
    const paths = readdirSync(layout, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const files = paths.map((path) => [relative(layout, path), readFileSync(path)] as const);
    const archive = site.file("image.tar", tarOf(Object.fromEntries(files)));
    return askedAs(`oci-archive:${archive}`, demandEverywhere(accept));
  },
  "a directory that a registry's image could be called": () => askedAs("dir:docs", demandEverywhere(accept)),
};

function changed(site: Site, file: string, change: (text: string) => string): Question {
  const directory = intoDirectory(site, { image: storeImage(site) });
  const path = join(directory, file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
  return askedAs(`dir:${directory}`, demandOf("dir", "", accept));
}

function signed(
  site: Site,
  signatures: (good: SigstoreAttachment) => readonly (SigstoreAttachment | Uint8Array)[],
): Question {
  const image = storeImage(site);
  const name = "registry.example/app:v1";
  const good = kit.sign(trusted, { digest: image.digest, reference: name });
  const directory = intoDirectory(site, { image, signatures: signatures(good) });
  const requirement = sigstoreSigned({
    keyData: inBase64(trusted.publicKeyPem),
    signedIdentity: { type: "exactReference", dockerReference: name },
  });
  return askedAs(`dir:${directory}`, demandOf("dir", "", requirement));
}

function indexed(site: Site, change: (text: string) => string): Question {
  const directory = intoLayout(site, [["v1", storeImage(site)]]);
  const path = join(directory, "index.json");
  writeFileSync(path, change(readFileSync(path, "utf8")));
  return askedAs(`oci:${directory}`, demandOf("oci", "", accept));
}
