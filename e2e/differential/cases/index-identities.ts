import type { Digest } from "@countersign/engine/values/digest";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Site } from "../case.ts";
import { amd64, arm64, descriptorOf, storeIndexOf } from "../evidence/indexes.ts";
import { kit, trusted } from "../evidence/kit.ts";
import { accept, demand, inBase64, reject, sigstoreSigned } from "../evidence/policies.ts";
import { attach, otherDigest, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

/** An index, one of whose instances suits the platform. */
interface Setting {
  readonly site: Site;
  readonly index: StoredManifest;
  readonly instance: StoredManifest;
  readonly other: StoredManifest;
}

function store(site: Site): Setting {
  const instance = storeImage(site, "amd64", "amd64");
  const other = storeImage(site, "arm64", "arm64");
  const index = storeIndexOf(site, [descriptorOf(other, arm64), descriptorOf(instance, amd64)]);
  return { site, index, instance, other };
}

type Name = (setting: Setting) => string;

const asks: Readonly<Record<string, Name>> = {
  tag: ({ site }) => `${site.name}:v1`,
  "the index's digest": ({ site, index }) => `${site.name}@${index.digest}`,
  "the instance's digest": ({ site, instance }) => `${site.name}@${instance.digest}`,
};

const signedNames: Readonly<Record<string, Name>> = {
  ...asks,
  "another tag": ({ site }) => `${site.name}:v2`,
  "the repository": ({ site }) => site.name,
  "the other instance's digest": ({ site, other }) => `${site.name}@${other.digest}`,
  "tag and the index's digest": ({ site, index }) => `${site.name}:v1@${index.digest}`,
  "tag and the instance's digest": ({ site, instance }) => `${site.name}:v1@${instance.digest}`,
  "another repository with the index's digest": ({ site, index }) => `${site.host}/other@${index.digest}`,
};

const matchers: Readonly<Record<string, (setting: Setting) => unknown>> = {
  "no matcher": () => undefined,
  matchExact: () => ({ type: "matchExact" }),
  matchRepoDigestOrExact: () => ({ type: "matchRepoDigestOrExact" }),
  matchRepository: () => ({ type: "matchRepository" }),
  "exactReference of the tag": (setting) => exactReference(asks["tag"], setting),
  "exactReference of the index's digest": (setting) => exactReference(asks["the index's digest"], setting),
  "exactReference of the instance's digest": (setting) =>
    exactReference(asks["the instance's digest"], setting),
  exactRepository: ({ site }) => ({ type: "exactRepository", dockerRepository: site.name }),
  "remapIdentity to itself": ({ site }) => ({
    type: "remapIdentity",
    prefix: site.name,
    signedPrefix: site.name,
  }),
};

function exactReference(name: Name | undefined, setting: Setting) {
  return { type: "exactReference", dockerReference: name?.(setting) };
}

const product = <A, B>(a: Readonly<Record<string, A>>, b: Readonly<Record<string, B>>) =>
  Object.entries(a).flatMap(([nameA, valueA]) =>
    Object.entries(b).map(([nameB, valueB]) => [nameA, valueA, nameB, valueB] as const),
  );

/** The name in the signature against the name that was asked for: the digest asked for need not be the one signed. */
export const indexIdentityRows: Rows = rowsOf(
  Object.entries(asks).flatMap(([way, asked]) =>
    product(signedNames, matchers).map(
      ([signed, signedName, matcher, identity]) =>
        [`asked by ${way}, signed as ${signed}, ${matcher}`, { asked, signedName, identity }] as const,
    ),
  ),
  ({ asked, signedName, identity }) =>
    (site) => {
      const setting = store(site);
      const { digest } = setting.instance;
      attach(site, setting.instance, [kit.sign(trusted, { digest, reference: signedName(setting) })]);
      const keyData = inBase64(trusted.publicKeyPem);
      const policy = demand(site, sigstoreSigned({ keyData, signedIdentity: identity(setting) }));
      return { image: asked(setting), policy };
    },
);

/** What a signature says that it signs. */
const payloads: Readonly<Record<string, (setting: Setting) => Digest>> = {
  "the index": ({ index }) => index.digest,
  "the instance": ({ instance }) => instance.digest,
  "the other instance": ({ other }) => other.digest,
  "something else": () => otherDigest,
};

/** What it is attached to. */
const places: Readonly<Record<string, (setting: Setting) => readonly StoredManifest[]>> = {
  "the index": ({ index }) => [index],
  "the instance": ({ instance }) => [instance],
  "the other instance": ({ other }) => [other],
  "index and instance": ({ index, instance }) => [index, instance],
};

const anyName = sigstoreSigned({
  keyData: inBase64(trusted.publicKeyPem),
  signedIdentity: { type: "matchRepository" },
});

export const indexAttachmentRows: Rows = rowsOf(
  Object.entries(asks).flatMap(([way, asked]) =>
    product(payloads, places).map(
      ([what, digestOf, where, attachedTo]) =>
        [
          `asked by ${way}, signed is ${what}, attached to ${where}`,
          { asked, digestOf, attachedTo },
        ] as const,
    ),
  ),
  ({ asked, digestOf, attachedTo }) =>
    (site) => {
      const setting = store(site);
      const signature = kit.sign(trusted, { digest: digestOf(setting), reference: site.name });
      for (const subject of attachedTo(setting)) attach(site, subject, [signature]);
      return { image: asked(setting), policy: demand(site, anyName) };
    },
);

/** Only what was asked for has a scope: neither where a tag leads, nor the instance of an index. */
const scopes: Readonly<Record<string, Name>> = {
  ...asks,
  "the other instance's digest": ({ site, other }) => `${site.name}@${other.digest}`,
  "tag and digest": ({ site, index }) => `${site.name}:v1@${index.digest}`,
  "the repository": ({ site }) => site.name,
  "another tag": ({ site }) => `${site.name}:v2`,
  "the host": ({ site }) => site.host,
};

export const indexScopeRows: Rows = rowsOf(
  [
    ["accepted", accept, reject],
    ["rejected", reject, accept],
  ].flatMap(([outcome, there, elsewhere]) =>
    product(asks, scopes).map(
      ([way, asked, name, scope]) =>
        [`${name} ${outcome}, asked by ${way}`, { asked, scope, there, elsewhere }] as const,
    ),
  ),
  ({ asked, scope, there, elsewhere }) =>
    (site) => {
      const setting = store(site);
      const policy = { default: [elsewhere], transports: { docker: { [scope(setting)]: [there] } } };
      return { image: asked(setting), policy: JSON.stringify(policy) };
    },
);
