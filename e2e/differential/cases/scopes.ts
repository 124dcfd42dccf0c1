import type { Question, Site } from "../case.ts";
import { accept, reject } from "../evidence/policies.ts";
import { otherDigest, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

/** Names a scope can have for `host/repository:v1`, most special first, and some that only look like one. */
const scopes: Readonly<Record<string, (site: Site, digest: string) => string>> = {
  "the reference": (site) => `${site.name}:v1`,
  "the digest": (site, digest) => `${site.name}@${digest}`,
  "the repository": (site) => site.name,
  "the namespace": (site) => parent(site.name),
  "the host": (site) => site.host,
  everything: () => "",
  "another tag": (site) => `${site.name}:v2`,
  latest: (site) => `${site.name}:latest`,
  "another digest": (site) => `${site.name}@${otherDigest}`,
  "a repository below": (site) => `${site.name}/more`,
  "half a name": (site) => site.name.slice(0, -1),
  "the namespace with a slash": (site) => `${parent(site.name)}/`,
  "the host with a slash": (site) => `${site.host}/`,
  "the host without port": (site) => site.host.replace(/:.*/, ""),
  "the host with another port": (site) => site.host.replace(/:.*/, ":1"),
  "a wildcard of the host's parent": () => "*.0.0.1",
  "a wildcard two levels up": () => "*.0.1",
  "a wildcard three levels up": () => "*.1",
  "a wildcard of the host": () => "*.127.0.0.1",
  "a wildcard with the port": (site) => `*${site.host.slice(3)}`,
  "a bare star": () => "*",
  "a star and a point": () => "*.",
  "the reference with docker://": (site) => `docker://${site.name}:v1`,
  "the repository in upper case": (site) => `${site.host}/${site.repository.toUpperCase()}`,
  "a space after the repository": (site) => `${site.name} `,
};

type Tree = (site: Site, digest: string) => unknown;

/** Lookups among several scopes. */
const trees: Readonly<Record<string, Tree>> = {
  "no transports": () => ({}),
  "an empty docker section": () => ({ docker: {} }),
  "another transport only": (site) => ({
    atomic: { [site.name]: [accept] },
    "docker-daemon": { "": [accept] },
  }),
  "repository before namespace": (site) => ({
    docker: { [site.name]: [accept], [parent(site.name)]: [reject] },
  }),
  "namespace before host": (site) => ({ docker: { [parent(site.name)]: [accept], [site.host]: [reject] } }),
  "host before wildcard": (site) => ({ docker: { [site.host]: [accept], "*.0.0.1": [reject] } }),
  "near wildcard before far one": () => ({ docker: { "*.0.0.1": [accept], "*.1": [reject] } }),
  "wildcard before everything": () => ({ docker: { "*.1": [accept], "": [reject] } }),
  "everything before default": () => ({ docker: { "": [accept] } }),
  "reference before repository": (site) => ({
    docker: { [`${site.name}:v1`]: [accept], [site.name]: [reject] },
  }),
  "digest before repository": (site, digest) => ({
    docker: { [`${site.name}@${digest}`]: [accept], [site.name]: [reject] },
  }),
  "order in the file does not count": (site) => ({
    docker: { "": [reject], [site.host]: [reject], [site.name]: [accept] },
  }),
  "no inheritance": (site) => ({ docker: { [site.name]: [accept], "": [reject] } }),
};

export const scopeRows: Rows = {
  ...rowsOf(
    Object.entries(scopes).flatMap(([name, scope]) =>
      (["tag", "digest"] as const).map((way) => [`${name}, asked by ${way}`, { scope, way }] as const),
    ),
    ({ scope, way }) =>
      (site) =>
        ask(site, way, (digest) => ({ docker: { [scope(site, digest)]: [accept] } })),
  ),
  ...rowsOf(
    Object.entries(trees).flatMap(([name, tree]) =>
      (["tag", "digest"] as const).map((way) => [`${name}, asked by ${way}`, { tree, way }] as const),
    ),
    ({ tree, way }) =>
      (site) =>
        ask(site, way, (digest) => tree(site, digest)),
  ),
  "no tag asks for latest": (site) => {
    storeImage(site, "latest");
    return { image: site.name, policy: policy({ docker: { [`${site.name}:latest`]: [accept] } }) };
  },
  "no tag, repository scope": (site) => {
    storeImage(site, "latest");
    return { image: site.name, policy: policy({ docker: { [site.name]: [accept] } }) };
  },
  "a deep repository": (site) => {
    storeImageAt(site, `${site.repository}/a/b/c`);
    return {
      image: `${site.name}/a/b/c:v1`,
      policy: policy({ docker: { [`${site.name}/a/b`]: [accept], [site.name]: [reject] } }),
    };
  },
  "a deep repository, by its namespace": (site) => {
    storeImageAt(site, `${site.repository}/a/b/c`);
    return {
      image: `${site.name}/a/b/c:v1`,
      policy: policy({ docker: { [site.name]: [accept], [site.host]: [reject] } }),
    };
  },
};

function ask(site: Site, way: "tag" | "digest", transports: (digest: string) => unknown): Question {
  const { digest } = storeImage(site);
  const image = way === "tag" ? `${site.name}:v1` : `${site.name}@${digest}`;
  return { image, policy: policy(transports(digest)) };
}

/** Stores an image in another repository than the case's own. */
function storeImageAt(site: Site, repository: string): void {
  storeImage({ ...site, repository });
}

function policy(transports: unknown): string {
  return JSON.stringify({ default: [reject], transports });
}

function parent(name: string): string {
  return name.slice(0, name.lastIndexOf("/"));
}
