import type { Question, Site } from "../case.ts";
import { accept, demandEverywhere, requireTrusted } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

/** `host/case` */
const corner = ({ name }: Site) => name.replace(/\/app$/, "");
const entry = (...lines: readonly string[]) => `[[registry]]\n${lines.join("\n")}\ninsecure = true\n`;
const leads = (prefix: string, location: string) => entry(`prefix = "${prefix}"`, `location = "${location}"`);

interface Asked {
  /** without tag; default: registry.example/team/app */
  readonly name?: string;
  readonly conf: string;
}

/** The image is at the site's own name, signed as what is asked for. */
const entries: Readonly<Record<string, (site: Site) => Asked>> = {
  "the host": (site) => ({ conf: leads("registry.example/team", corner(site)) }),
  "the whole name": (site) => ({ conf: leads("registry.example/team/app", site.name) }),
  "half a name": (site) => ({ conf: leads("registry.example/team/ap", site.name) }),
  "half a host": (site) => ({ conf: leads("registry.exam", corner(site)) }),
  "more than the name": (site) => ({ conf: leads("registry.example/team/app/more", site.name) }),
  "the name with its tag": (site) => ({ conf: leads("registry.example/team/app:v1", site.name) }),
  "a slash at its end": (site) => ({ conf: leads("registry.example/team/", corner(site)) }),
  "two slashes inside": (site) => ({ conf: leads("registry.example//team", corner(site)) }),
  "only a slash": (site) => ({ conf: leads("/", corner(site)) }),
  capitals: (site) => ({ conf: leads("Registry.Example/team", corner(site)) }),
  "a star": (site) => ({ conf: leads("*", corner(site)) }),
  "a star and a dot": (site) => ({ conf: leads("*.", corner(site)) }),
  "a wildcard of the top domain": (site) => ({
    conf: leads("*.example", corner(site)),
    name: "registry.example/app",
  }),
  "a wildcard of the very host": (site) => ({
    conf: leads("*.registry.example", corner(site)),
    name: "registry.example/app",
  }),
  "a wildcard, two labels deep": (site) => ({
    conf: leads("*.example", corner(site)),
    name: "a.b.example/app",
  }),
  "a wildcard of half a label": (site) => ({
    conf: leads("*.exam", corner(site)),
    name: "registry.example/app",
  }),
  "a wildcard that stands in the path": (site) => ({
    conf: leads("*.example", corner(site)),
    name: "registry.test/b.example/app",
  }),
  "a wildcard that stands in host and path": (site) => ({
    conf: leads("*.example", `${site.host}/${site.repository.split("/")[0]}`),
    name: "registry.example/app",
  }),
  "a wildcard whose domain begins earlier": (site) => ({
    conf: leads("*.example.com", corner(site)),
    name: "a.example.company.example.com/app",
  }),
  "two wildcards": (site) => ({
    conf: leads("*.test", `${site.host}/none`) + leads("*.b.test", corner(site)),
    name: "a.b.test/app",
  }),
  "a wildcard that is longer than the host's entry": (site) => ({
    conf: leads("a.test", `${site.host}/none`) + leads("*.a.test", corner(site)),
    name: "b.a.test/app",
  }),
  "a host that is longer than the wildcard": (site) => ({
    conf: leads("*.test", `${site.host}/none`) + leads("a.b.test", corner(site)),
    name: "a.b.test/app",
  }),
  "a wildcard as long as the host": (site) => ({
    conf: leads("*.test", `${site.host}/none`) + leads("a.test", corner(site)),
    name: "a.test/app",
  }),
  "a wildcard of addresses, without a location": (site) => ({
    conf: '[[registry]]\nprefix = "*.0.0.1"\ninsecure = true\n',
    name: site.name,
  }),
  "a wildcard of addresses, with a location": (site) => ({
    conf: leads("*.0.0.2", "127.0.0.1"),
    name: site.name.replace("127.0.0.1", "127.0.0.2"),
  }),
  "a host without the port": (site) => ({
    conf: leads("registry.test", "127.0.0.1"),
    name: site.name.replace("127.0.0.1", "registry.test"),
  }),
  "a host without the port, which leads to one with a port": (site) => ({
    conf: leads("registry.test", site.host),
    name: site.name.replace("127.0.0.1", "registry.test"),
  }),
  "a host without the port, which leads to a path": (site) => ({
    conf: leads("registry.test", corner(site)),
    name: "registry.test:5000/app",
  }),
  "another port": (site) => ({
    conf: leads("registry.test:500", corner(site)),
    name: "registry.test:5000/app",
  }),
  "the longer of two": (site) => ({
    conf: leads("registry.example", `${site.host}/none`) + leads("registry.example/team", corner(site)),
  }),
  "the longer of two, which comes first": (site) => ({
    conf: leads("registry.example/team", corner(site)) + leads("registry.example", `${site.host}/none`),
  }),
  "the longer of two, which is blocked": (site) => ({
    conf: `${leads("registry.example", `${corner(site)}`)}[[registry]]\nlocation = "registry.example/team"\nblocked = true\n`,
  }),
  "the same twice, the first counts": (site) => ({
    conf: leads("registry.example/team", corner(site)) + leads("registry.example/team", `${site.host}/none`),
  }),
  "the same twice, once with a slash": (site) => ({
    conf: leads("registry.example/team/", corner(site)) + leads("registry.example/team", `${site.host}/none`),
  }),
  "a location in capitals": (site) => ({ conf: leads("registry.example/team", `${site.host}/CASE`) }),
  "a location that is no name": (site) => ({ conf: leads("registry.example/team", `${site.host}/a//b`) }),
  "a location without a host": () => ({ conf: leads("registry.example/team", "short/name") }),
  "a location that is one word": () => ({ conf: leads("registry.example", "short") }),
  "a location with a user": (site) => ({ conf: leads("registry.example/team", `me@${corner(site)}`) }),
  "a location with a tag": (site) => ({ conf: leads("registry.example/team/app", `${site.name}:v1`) }),
  "a location at the old name of docker.io": () => ({ conf: leads("registry.example", "index.docker.io") }),
  "a location that begins with a wildcard": () => ({ conf: leads("registry.example", "*.example") }),
  "a location that is an address of IPv6": () => ({ conf: leads("registry.example", "[::1]:5000") }),
  "a location with a blank": (site) => ({ conf: leads("registry.example/team", `${corner(site)} `) }),
  "a mirror that is no name": (site) => ({
    conf: `${leads("registry.example/team", corner(site))}[[registry.mirror]]\nlocation = "${site.host}/A"\n`,
  }),
  "a mirror for tags that is no name": (site) => ({
    conf: `${leads("registry.example/team", corner(site))}[[registry.mirror]]\nlocation = "${site.host}/A"\npull-from-mirror = "tag-only"\n`,
  }),
  "a mirror for digests that is no name": (site) => ({
    conf: `${leads("registry.example/team", corner(site))}[[registry.mirror]]\nlocation = "${site.host}/A"\npull-from-mirror = "digest-only"\n`,
  }),
  "the host of docker.io": (site) => ({ conf: leads("docker.io", corner(site)), name: "docker.io/app" }),
  "the old host of docker.io": (site) => ({ conf: leads("index.docker.io", corner(site)), name: "app" }),
  "a short name": (site) => ({ conf: leads("app", site.name), name: "app" }),
  "the library": (site) => ({ conf: leads("library", corner(site)), name: "app" }),
};

const requirements = { accept, "trusted key": requireTrusted } as const;

export const prefixRows: Rows = rowsOf(
  Object.entries(entries).flatMap(([name, make]) =>
    (["tag", "digest"] as const).flatMap((way) =>
      Object.entries(requirements).map(
        ([wanted, requirement]) => [`${name}, by ${way}, ${wanted}`, { make, way, requirement }] as const,
      ),
    ),
  ),
  ({ make, way, requirement }) =>
    (site): Question => {
      const { name = "registry.example/team/app", conf } = make(site);
      const image = storeImage(site);
      attach(site, image, [signatureOf(image, `${name}:v1`)]);
      return {
        image: way === "tag" ? `${name}:v1` : `${name}@${image.digest}`,
        policy: demandEverywhere(requirement),
        registriesConf: conf,
      };
    },
);
