import { answer, type RegistryAnswer, refusal } from "@countersign/testkit/registry/registry-answer";
import type { Site } from "../case.ts";
import { accept, demandEverywhere, reject, requireTrusted } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, mediaTypes, signaturePath, storeImage } from "../evidence/store.ts";
import { nowhere } from "../registries.ts";
import { mirrorAt, registryEntry } from "./mirrors.ts";
import { type Rows, rowsOf } from "./table.ts";

const text = (status: number, body: string) => answer(status, { "content-type": "text/plain" }, body);
const manifest = (body: string) => answer(200, { "content-type": mediaTypes.manifest }, body);

/** A mirror's answers that are no manifest: the next place is asked. */
const refusals: Readonly<Record<string, RegistryAnswer>> = {
  "no such manifest": refusal(404, "MANIFEST_UNKNOWN", "manifest unknown"),
  "no such repository": refusal(404, "NAME_UNKNOWN", "repository name not known to registry"),
  "a bare 404": text(404, "404 page not found"),
  "access denied": refusal(403, "DENIED", "requested access to the resource is denied"),
  "not logged in": refusal(401, "UNAUTHORIZED", "authentication required"),
  "an error of its own": text(500, "oops"),
  "a bad gateway": text(502, "<html>bad gateway</html>"),
  "nothing with success": answer(204, {}, ""),
};

/** What a mirror gives for a manifest, and that is then all there is. */
const manifests: Readonly<Record<string, RegistryAnswer>> = {
  "a login page": answer(200, { "content-type": "text/html" }, "<html>log in</html>"),
  "an empty manifest": manifest(""),
  "a manifest that is no JSON": manifest("{"),
  "another manifest": manifest(
    '{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","size":2},"layers":[]}',
  ),
};

/** Places that cannot be asked at all. */
const unreachable: Readonly<Record<string, (site: Site) => string>> = {
  "a mirror that is down": () => `location = "${nowhere}/app"\ninsecure = true`,
  "a mirror that is down and not insecure": () => `location = "${nowhere}/app"`,
  "a mirror whose name nobody knows": () => 'location = "registry.invalid/app"\ninsecure = true',
  "a mirror without TLS that is not insecure": (site) => `location = "${site.elsewhere().name}"`,
  "a mirror that wants a password": (site) => mirrorAt(site.guarded("basic")),
  "a mirror that wants a token": (site) => mirrorAt(site.guarded("bearer")),
};

const cross = <T>(
  values: Readonly<Record<string, T>>,
  requirements: Readonly<Record<string, unknown>> = { accept, "trusted key": requireTrusted },
) =>
  Object.entries(values).flatMap(([name, value]) =>
    (["tag", "digest"] as const).flatMap((way) =>
      Object.entries(requirements).flatMap(([wanted, requirement]) =>
        ([true, false] as const).map(
          (isAtPrimary) =>
            [
              `${name}, ${isAtPrimary ? "the primary has it" : "the primary lacks it"}, by ${way}, ${wanted}`,
              { value, way, requirement, isAtPrimary },
            ] as const,
        ),
      ),
    ),
  );

export const mirrorFaultRows: Rows = {
  ...rowsOf(
    [...cross(refusals), ...cross(manifests, { reject, "trusted key": requireTrusted })],
    ({ value, way, requirement, isAtPrimary }) =>
      (site) => {
        const mirror = site.elsewhere();
        const image = storeImage(isAtPrimary ? site : mirror);
        attach(isAtPrimary ? site : mirror, image, [signatureOf(image, `${site.name}:v1`)]);
        mirror.answer(`manifests/${way === "tag" ? "v1" : image.digest}`, value);
        return {
          image: way === "tag" ? `${site.name}:v1` : `${site.name}@${image.digest}`,
          policy: demandEverywhere(requirement),
          registriesConf: registryEntry(site, [], mirrorAt(mirror)),
        };
      },
  ),
  ...rowsOf(cross(unreachable), ({ value, way, requirement, isAtPrimary }) => (site) => {
    const image = storeImage(isAtPrimary ? site : site.elsewhere());
    if (isAtPrimary) attach(site, image, [signatureOf(image, `${site.name}:v1`)]);
    return {
      image: way === "tag" ? `${site.name}:v1` : `${site.name}@${image.digest}`,
      policy: demandEverywhere(requirement),
      registriesConf: registryEntry(site, [], value(site)),
    };
  }),
  "signatures that a mirror cannot give, while the primary could": (site) => {
    const mirror = site.elsewhere();
    for (const at of [site, mirror]) {
      const image = storeImage(at);
      attach(at, image, [signatureOf(image, `${site.name}:v1`)]);
      if (at === mirror) mirror.answer(signaturePath(image), text(500, "oops"));
    }
    return {
      image: `${site.name}:v1`,
      policy: demandEverywhere(requireTrusted),
      registriesConf: registryEntry(site, [], mirrorAt(mirror)),
    };
  },
};
