import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import { signedMessage } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import type { Site } from "../case.ts";
import { alice, aliceFile, documentOf, requireGpg } from "../evidence/gpg.ts";
import { trusted } from "../evidence/kit.ts";
import { inFiles, lookasideAt } from "../evidence/lookasides.ts";
import { demandEverywhere, inBase64, sigstoreSigned } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, otherDigest, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

interface Setting {
  readonly site: Site;
  readonly image: StoredManifest;
}

/** How the image is asked for. */
const asks: Readonly<Record<string, (setting: Setting) => string>> = {
  tag: ({ site }) => `${site.name}:v1`,
  digest: ({ site, image }) => `${site.name}@${image.digest}`,
};

/** What the signature says it is of. */
const signed: Readonly<Record<string, (setting: Setting) => string>> = {
  "the tag": ({ site }) => `${site.name}:v1`,
  "another tag": ({ site }) => `${site.name}:v2`,
  "the name only": ({ site }) => site.name,
  "the digest": ({ site, image }) => `${site.name}@${image.digest}`,
  "another digest": ({ site }) => `${site.name}@${otherDigest}`,
  "tag and digest": ({ site, image }) => `${site.name}:v1@${image.digest}`,
  latest: ({ site }) => `${site.name}:latest`,
  "another repository": ({ site }) => `${site.host}/other/app:v1`,
  "a repository below": ({ site }) => `${site.name}/more:v1`,
  "the parent": ({ site }) => `${site.name.replace(/\/app$/, "")}:v1`,
  "another host": ({ site }) => `ex.com/${site.repository}:v1`,
  "the host without port": ({ site }) => `${site.host.replace(/:.*/, "")}/${site.repository}:v1`,
  "upper case": ({ site }) => `${site.host}/${site.repository.toUpperCase()}:v1`,
  "the tag in upper case": ({ site }) => `${site.name}:V1`,
  "docker:// before it": ({ site }) => `docker://${site.name}:v1`,
  "a space after it": ({ site }) => `${site.name}:v1 `,
  "a short name": () => "app:v1",
  nothing: () => "",
  garbage: () => "%%%",
  "a digest of another kind": ({ site }) => `${site.name}@sha512:${"0".repeat(128)}`,
  "a broken digest": ({ site }) => `${site.name}@sha256:abc`,
  "sixty-four hex digits": () => "0".repeat(64),
};

/** What the policy wants of it; undefined: says nothing. */
const wanted: Readonly<Record<string, (setting: Setting) => unknown>> = {
  "no matcher": () => undefined,
  matchExact: () => ({ type: "matchExact" }),
  matchRepoDigestOrExact: () => ({ type: "matchRepoDigestOrExact" }),
  matchRepository: () => ({ type: "matchRepository" }),
  "exactReference of the tag": ({ site }) => ({ type: "exactReference", dockerReference: `${site.name}:v1` }),
  "exactReference of the digest": ({ site, image }) => ({
    type: "exactReference",
    dockerReference: `${site.name}@${image.digest}`,
  }),
  "exactReference of another tag": ({ site }) => ({
    type: "exactReference",
    dockerReference: `${site.name}:v2`,
  }),
  "exactReference of tag and digest": ({ site, image }) => ({
    type: "exactReference",
    dockerReference: `${site.name}:v1@${image.digest}`,
  }),
  exactRepository: ({ site }) => ({ type: "exactRepository", dockerRepository: site.name }),
  "exactRepository with a tag": ({ site }) => ({
    type: "exactRepository",
    dockerRepository: `${site.name}:v9`,
  }),
  "exactRepository of another": ({ site }) => ({
    type: "exactRepository",
    dockerRepository: `${site.host}/other/app`,
  }),
  "remapIdentity of the repository": ({ site }) => remap(site.name, `${site.host}/other/app`),
  "remapIdentity of the host": ({ site }) => remap(site.host, "ex.com"),
  "remapIdentity of the namespace": ({ site }) =>
    remap(site.name.replace(/\/app$/, ""), `${site.host}/other`),
  "remapIdentity of the host without port": ({ site }) => remap(site.host.replace(/:.*/, ""), "ex.com"),
  "remapIdentity of something else": () => remap("ex.org", "ex.com"),
  "remapIdentity to itself": ({ site }) => remap(site.name, site.name),
  "remapIdentity of half a name": ({ site }) => remap(site.name.slice(0, -1), "ex.com/x"),
  "remapIdentity to what needs normalising": ({ site }) => remap(site.name, "docker.io/app"),
  "remapIdentity to a host alone": ({ site }) => remap(site.name, "ex.com"),
};

function remap(prefix: string, signedPrefix: string) {
  return { type: "remapIdentity", prefix, signedPrefix };
}

/** Every matcher with every ask and every signed name. */
export const matcherRows: Rows = rowsOf(
  combinations(Object.keys(asks)),
  ({ identity, ask, reference }) =>
    (site) => {
      const image = storeImage(site);
      const setting = { site, image };
      attach(site, image, [signatureOf(image, reference(setting))]);
      const requirement = { keyData: inBase64(trusted.publicKeyPem), signedIdentity: identity(setting) };
      return { image: ask(setting), policy: demandEverywhere(sigstoreSigned(requirement)) };
    },
);

/** The same for GPG, asked by tag. */
export const gpgMatcherRows: Rows = rowsOf(
  combinations(["tag"]),
  ({ identity, ask, reference }) =>
    (site) => {
      const image = storeImage(site);
      const setting = { site, image };
      const signature = signedMessage(alice, documentOf(site, image, reference(setting)));
      const requirement = requireGpg({ keyData: inBase64(aliceFile), signedIdentity: identity(setting) });
      const registriesD = lookasideAt(inFiles(site, image, [signature]));
      return { image: ask(setting), policy: demandEverywhere(requirement), registriesD };
    },
);

function combinations(ways: readonly string[]) {
  return Object.entries(wanted).flatMap(([matcher, identity]) =>
    Object.entries(asks)
      .filter(([way]) => ways.includes(way))
      .flatMap(([way, ask]) =>
        Object.entries(signed).map(
          ([name, reference]) =>
            [`${matcher}, asked by ${way}, signed: ${name}`, { identity, ask, reference }] as const,
        ),
      ),
  );
}
