import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Site } from "../case.ts";
import { amd64, arm64, descriptorOf, storeIndexOf } from "../evidence/indexes.ts";
import { accept, demandEverywhere, reject, requireTrusted } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, storeImage } from "../evidence/store.ts";
import { mirrorAt, mirrored, registryEntry } from "./mirrors.ts";
import { type Rows, rowsOf } from "./table.ts";

/** What one registry has of an image for several platforms. */
type Holding = "nothing" | "index" | "instance" | "both" | "signed" | "index signed";

const holdings: readonly Holding[] = ["nothing", "index", "instance", "both", "signed", "index signed"];

interface Stored {
  readonly index: StoredManifest;
  readonly instance: StoredManifest;
}

/** The same image wherever it is: the bytes are made elsewhere, and put where they are to be. */
function make(site: Site): Stored {
  const instance = storeImage(site, "amd64");
  const index = storeIndexOf(site, [
    descriptorOf(storeImage(site, "arm64", "other"), arm64),
    descriptorOf(instance, amd64),
  ]);
  return { index, instance };
}

function hold(site: Site, holding: Holding, { index, instance }: Stored, signedName: string): void {
  const put = ({ bytes, mediaType }: StoredManifest, tag?: string) =>
    site.store.putManifest(site.repository, bytes, mediaType, tag);
  if (holding === "nothing") return;
  if (holding !== "instance") put(index, "v1");
  if (holding === "index") return;
  storeImage(site, "amd64");
  if (holding === "signed") attach(site, instance, [signatureOf(instance, signedName)]);
  if (holding === "index signed") attach(site, index, [signatureOf(index, signedName)]);
}

/** A place of its own for what the cases' images are made of. */
function aside(site: Site): Site {
  return { ...site, name: `${site.name}/aside`, repository: `${site.repository}/aside` };
}

const requirements = { accept, reject, "trusted key": requireTrusted } as const;

/** Whoever served the index serves the instance and the signatures; the next one is not asked. */
export const indexMirrorRows: Rows = {
  ...rowsOf(
    holdings.flatMap((mirror) =>
      holdings.flatMap((primary) =>
        Object.entries(requirements).map(
          ([wanted, requirement]) =>
            [
              `mirror with ${mirror}, primary with ${primary}, ${wanted}`,
              { mirror, primary, requirement },
            ] as const,
        ),
      ),
    ),
    ({ mirror, primary, requirement }) =>
      (site) => {
        const both = mirrored(site);
        const stored = make(aside(site));
        hold(both.mirror, mirror, stored, `${site.name}:v1`);
        hold(both.primary, primary, stored, `${site.name}:v1`);
        return {
          image: `${site.name}:v1`,
          policy: demandEverywhere(requirement),
          registriesConf: registryEntry(site, [], mirrorAt(both.mirror)),
        };
      },
  ),
  ...rowsOf(
    (["all", "digest-only", "tag-only"] as const).flatMap((use) =>
      (["tag", "the index's digest", "the instance's digest"] as const).flatMap((way) =>
        (["the same name", "the mirror's name"] as const).map(
          (signed) =>
            [`mirror for ${use}, asked by ${way}, signed as ${signed}`, { use, way, signed }] as const,
        ),
      ),
    ),
    ({ use, way, signed }) =>
      (site) => {
        const both = mirrored(site);
        const stored = make(aside(site));
        const asked = {
          tag: ":v1",
          "the index's digest": `@${stored.index.digest}`,
          "the instance's digest": `@${stored.instance.digest}`,
        }[way];
        const { name } = signed === "the same name" ? site : both.mirror;
        hold(both.mirror, "signed", stored, name + asked);
        return {
          image: site.name + asked,
          policy: demandEverywhere(requireTrusted),
          registriesConf: registryEntry(site, [], mirrorAt(both.mirror, `pull-from-mirror = "${use}"`)),
        };
      },
  ),
};
