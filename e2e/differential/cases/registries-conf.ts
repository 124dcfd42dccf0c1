import type { Question, Site } from "../case.ts";
import { accept, reject, requireTrusted } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, storeImage } from "../evidence/store.ts";
import { named, type Rows, rowsOf } from "./table.ts";

/** Where an image is said to be, and the entry that leads to the local registry. */
interface Route {
  /** as asked for, without tag */
  readonly name: string;
  /** as a policy knows it */
  readonly logical: string;
  /** what follows `[[registry]]` */
  readonly entry: (site: Site) => string;
}

const at = (site: Site) => `${site.host}/${site.repository.replace(/\/app$/, "")}`;

const routes: Readonly<Record<string, Route>> = {
  "docker.io by its short name": {
    name: "app",
    logical: "docker.io/library/app",
    entry: (site) => `prefix = "docker.io/library"\nlocation = "${at(site)}"\ninsecure = true\n`,
  },
  "docker.io with library": {
    name: "library/app",
    logical: "docker.io/library/app",
    entry: (site) => `prefix = "docker.io/library"\nlocation = "${at(site)}"\ninsecure = true\n`,
  },
  "docker.io written out": {
    name: "docker.io/app",
    logical: "docker.io/library/app",
    entry: (site) => `prefix = "docker.io/library"\nlocation = "${at(site)}"\ninsecure = true\n`,
  },
  "index.docker.io": {
    name: "index.docker.io/app",
    logical: "docker.io/library/app",
    entry: (site) => `prefix = "docker.io/library"\nlocation = "${at(site)}"\ninsecure = true\n`,
  },
  "docker.io with a namespace": {
    name: "team/app",
    logical: "docker.io/team/app",
    entry: (site) => `prefix = "docker.io/team"\nlocation = "${at(site)}"\ninsecure = true\n`,
  },
  "another host": {
    name: "registry.example/team/app",
    logical: "registry.example/team/app",
    entry: (site) => `prefix = "registry.example/team"\nlocation = "${at(site)}"\ninsecure = true\n`,
  },
  "another host's repository": {
    name: "registry.example/team/app",
    logical: "registry.example/team/app",
    entry: (site) => `prefix = "registry.example/team/app"\nlocation = "${site.name}"\ninsecure = true\n`,
  },
  "another host with a port": {
    name: "registry.example:8443/app",
    logical: "registry.example:8443/app",
    entry: (site) => `prefix = "registry.example:8443"\nlocation = "${at(site)}"\ninsecure = true\n`,
  },
  localhost: {
    name: "localhost/app",
    logical: "localhost/app",
    entry: (site) => `prefix = "localhost"\nlocation = "${at(site)}"\ninsecure = true\n`,
  },
  "a wildcard": {
    name: "a.b.registry.example/app",
    logical: "a.b.registry.example/app",
    entry: (site) => `prefix = "*.registry.example"\nlocation = "${at(site)}"\ninsecure = true\n`,
  },
  "a mirror": {
    name: "registry.example/app",
    logical: "registry.example/app",
    entry: (site) =>
      `location = "registry.example"\n[[registry.mirror]]\nlocation = "${at(site)}"\ninsecure = true\n`,
  },
};

/** What the signature says the image is called; only its logical name counts. */
const signedNames: Readonly<Record<string, (route: Route, site: Site) => string>> = {
  "the logical name": ({ logical }) => `${logical}:v1`,
  "the physical name": (_, site) => `${site.name}:v1`,
  "the name as asked": ({ name }) => `${name}:v1`,
};

/** Scopes of a policy that accepts, and refuses everything else. */
const scopes: Readonly<Record<string, (route: Route, site: Site) => string>> = {
  "the logical name": ({ logical }) => logical,
  "the logical tag": ({ logical }) => `${logical}:v1`,
  "the logical host": ({ logical }) => logical.replace(/\/.*/, ""),
  "the physical name": (_, site) => site.name,
  "the physical host": (_, site) => site.host,
  "the name as asked": ({ name }) => name,
};

/** Scopes of registries.d; here the physical name counts. */
const storages: Readonly<Record<string, (route: Route, site: Site) => string>> = {
  "the logical name": ({ logical }) => logical,
  "the physical name": (_, site) => site.name,
};

const cross = <T>(values: Readonly<Record<string, T>>) =>
  Object.entries(routes).flatMap(([name, route]) =>
    Object.entries(values).map(([what, value]) => [`${name}, ${what}`, { route, value }] as const),
  );

/** Entries that decide whether there is an image at all. */
const entries: Readonly<Record<string, (site: Site) => string>> = {
  blocked: (site) => `[[registry]]\nlocation = "${at(site)}"\ninsecure = true\nblocked = true\n`,
  "the repository blocked": (site) => `[[registry]]\nlocation = "${site.name}"\nblocked = true\n`,
  "another repository blocked": (site) => `[[registry]]\nlocation = "${site.name}2"\nblocked = true\n`,
  "half a name blocked": (site) => `[[registry]]\nlocation = "${site.name.slice(0, -1)}"\nblocked = true\n`,
  "an unknown key": () => `unknown = 1\n`,
  "an entry that is not insecure": (site) => `[[registry]]\nlocation = "${site.name}"\n`,
  "an empty location and no prefix": () => `[[registry]]\ninsecure = true\n`,
  "a location with a scheme": () => `[[registry]]\nlocation = "https://ex.com"\n`,
  "a location with a slash at its end": (site) => `[[registry]]\nlocation = "${at(site)}/"\nblocked = true\n`,
  "the same entry twice": (site) => `[[registry]]\nlocation = "${site.host}"\ninsecure = true\n`,
  "the same entry twice, differing": (site) => `[[registry]]\nlocation = "${site.host}"\ninsecure = false\n`,
  "the same entry twice, once blocked": (site) =>
    `[[registry]]\nlocation = "${site.host}"\ninsecure = true\nblocked = true\n`,
  "a wildcard without a location": () => `[[registry]]\nprefix = "*.0.0.1"\nblocked = true\n`,
  "a star in the middle": () => `[[registry]]\nprefix = "ex.*.com"\nlocation = "ex.com"\n`,
};

export const registriesConfRows: Rows = {
  ...rowsOf(cross(signedNames), ({ route, value }) => (site) => {
    const image = storeImage(site);
    attach(site, image, [signatureOf(image, value(route, site))]);
    return ask(site, route, { default: [requireTrusted] });
  }),
  ...rowsOf(
    cross(scopes).map(([name, rest]) => [`scope of ${name}`, rest] as const),
    ({ route, value }) =>
      (site) => {
        storeImage(site);
        return ask(site, route, {
          default: [reject],
          transports: { docker: { [value(route, site)]: [accept] } },
        });
      },
  ),
  ...rowsOf(
    cross(storages).map(([name, rest]) => [`attachments of ${name}`, rest] as const),
    ({ route, value }) =>
      (site) => {
        const image = storeImage(site);
        attach(site, image, [signatureOf(image, `${route.logical}:v1`)]);
        const scope = JSON.stringify(value(route, site));
        return {
          ...ask(site, route, { default: [requireTrusted] }),
          registriesD: { "a.yaml": `docker:\n  ${scope}:\n    use-sigstore-attachments: true\n` },
        };
      },
  ),
  ...rowsOf(
    Object.entries(routes).map(([name, route]) => [`${name}, rejected`, route] as const),
    (route) => (site) => {
      storeImage(site);
      return ask(site, route, { default: [reject] });
    },
  ),
  ...rowsOf(
    Object.entries(routes).map(([name, route]) => [`${name}, no such image`, route] as const),
    (route) => (site) => ask(site, route, { default: [accept] }),
  ),
  ...rowsOf(named("", entries), (entry) => (site) => {
    storeImage(site);
    return {
      image: `${site.name}:v1`,
      policy: JSON.stringify({ default: [accept] }),
      registriesConf: entry(site),
    };
  }),
};

function ask(site: Site, route: Route, policy: unknown): Question {
  return {
    image: `${route.name}:v1`,
    policy: JSON.stringify(policy),
    registriesConf: `[[registry]]\n${route.entry(site)}`,
  };
}
