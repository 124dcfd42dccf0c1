import type { Site } from "../case.ts";
import { accept, demandEverywhere, reject, requireTrusted } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, otherDigest, storeImage } from "../evidence/store.ts";
import { nowhere } from "../registries.ts";
import { type Rows, rowsOf } from "./table.ts";

/** A registry and what is set up as its mirrors. */
export interface Mirrored {
  readonly primary: Site;
  readonly mirror: Site;
}

export const mirrored = (primary: Site): Mirrored => ({ primary, mirror: primary.elsewhere() });

/** `[[registry]]` for a site's own repository, with a mirror for each of these lines. */
export function registryEntry({ name }: Pick<Site, "name">, lines: readonly string[], ...mirrors: string[]) {
  const entry = ["[[registry]]", `location = "${name}"`, "insecure = true", ...lines];
  return [...entry, ...mirrors.flatMap((mirror) => ["[[registry.mirror]]", mirror])].join("\n");
}

export function mirrorAt({ name }: Pick<Site, "name">, ...lines: readonly string[]): string {
  return [`location = "${name}"`, "insecure = true", ...lines].join("\n");
}

type Place = "primary" | "mirror";
const places: Readonly<Record<string, readonly Place[]>> = {
  neither: [],
  "the primary alone": ["primary"],
  "the mirror alone": ["mirror"],
  both: ["primary", "mirror"],
};
const requirements = { accept, reject, "trusted key": requireTrusted } as const;

/** Where the image is, where its signature is, and how it is asked for. */
const placements = Object.entries(places).flatMap(([imageName, images]) =>
  Object.entries(places)
    .filter(([, signatures]) => signatures.every((place) => images.includes(place)))
    .flatMap(([signatureName, signatures]) =>
      (["tag", "digest"] as const).flatMap((way) =>
        Object.entries(requirements).map(
          ([wanted, requirement]) =>
            [
              `image at ${imageName}, signature at ${signatureName}, by ${way}, ${wanted}`,
              { images, signatures, way, requirement },
            ] as const,
        ),
      ),
    ),
);

/** Which references a mirror that has all of it may serve, while the primary has nothing. */
const kinds: Readonly<Record<string, (both: Mirrored) => string>> = {
  "mirror of all": ({ primary, mirror }) =>
    registryEntry(primary, [], mirrorAt(mirror, 'pull-from-mirror = "all"')),
  "mirror of digests": ({ primary, mirror }) =>
    registryEntry(primary, [], mirrorAt(mirror, 'pull-from-mirror = "digest-only"')),
  "mirror of tags": ({ primary, mirror }) =>
    registryEntry(primary, [], mirrorAt(mirror, 'pull-from-mirror = "tag-only"')),
  "mirror of nothing said": ({ primary, mirror }) =>
    registryEntry(primary, [], mirrorAt(mirror, 'pull-from-mirror = ""')),
  "mirrors of digests": ({ primary, mirror }) =>
    registryEntry(primary, ["mirror-by-digest-only = true"], mirrorAt(mirror)),
  "mirrors not of digests alone": ({ primary, mirror }) =>
    registryEntry(primary, ["mirror-by-digest-only = false"], mirrorAt(mirror)),
  "a dead mirror of digests before one of tags": ({ primary, mirror }) =>
    registryEntry(
      primary,
      [],
      `location = "${nowhere}/a"\ninsecure = true\npull-from-mirror = "digest-only"`,
      mirrorAt(mirror, 'pull-from-mirror = "tag-only"'),
    ),
};

type Holding = "nothing" | "unsigned" | "signed";

/** What two mirrors and the primary hold; the first that has a manifest is the one that counts. */
const holdings: readonly (readonly [first: Holding, second: Holding, primary: Holding])[] = [
  ["nothing", "signed", "nothing"],
  ["nothing", "unsigned", "signed"],
  ["unsigned", "signed", "nothing"],
  ["signed", "unsigned", "unsigned"],
  ["unsigned", "unsigned", "signed"],
  ["nothing", "nothing", "signed"],
  ["nothing", "nothing", "unsigned"],
  ["nothing", "nothing", "nothing"],
];

/** Another repository of the same registry. */
function below(site: Site): Site {
  return { ...site, name: `${site.name}/more`, repository: `${site.repository}/more` };
}

export const mirrorRows: Rows = {
  ...rowsOf(placements, ({ images, signatures, way, requirement }) => (site) => {
    const both = mirrored(site);
    let digest: string = otherDigest;
    for (const place of images) {
      const image = storeImage(both[place]);
      digest = image.digest;
      if (signatures.includes(place)) attach(both[place], image, [signatureOf(image, `${site.name}:v1`)]);
    }
    return {
      image: way === "tag" ? `${site.name}:v1` : `${site.name}@${digest}`,
      policy: demandEverywhere(requirement),
      registriesConf: registryEntry(site, [], mirrorAt(both.mirror)),
    };
  }),
  ...rowsOf(
    Object.entries(kinds).flatMap(([name, entry]) =>
      (["tag", "digest"] as const).map((way) => [`${name}, asked by ${way}`, { entry, way }] as const),
    ),
    ({ entry, way }) =>
      (site) => {
        const both = mirrored(site);
        const image = storeImage(both.mirror);
        attach(both.mirror, image, [signatureOf(image, `${site.name}:v1`)]);
        return {
          image: way === "tag" ? `${site.name}:v1` : `${site.name}@${image.digest}`,
          policy: demandEverywhere(requireTrusted),
          registriesConf: entry(both),
        };
      },
  ),
  ...rowsOf(
    holdings.map((held) => [`two mirrors and the primary hold it ${held.join(", ")}`, held] as const),
    (held) => (site) => {
      const first = site.elsewhere();
      const second = below(first);
      for (const [index, at] of [first, second, site].entries()) {
        if (held[index] === "nothing") continue;
        const image = storeImage(at);
        if (held[index] === "signed") attach(at, image, [signatureOf(image, `${site.name}:v1`)]);
      }
      return {
        image: `${site.name}:v1`,
        policy: demandEverywhere(requireTrusted),
        registriesConf: registryEntry(site, [], mirrorAt(first), mirrorAt(second)),
      };
    },
  ),
};
