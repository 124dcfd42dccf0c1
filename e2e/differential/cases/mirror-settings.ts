import type { Question, Site } from "../case.ts";
import { accept, demand, demandEverywhere, inBase64, reject, requireTrusted } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, storeImage } from "../evidence/store.ts";
import { user } from "../registries.ts";
import { mirrorAt, registryEntry } from "./mirrors.ts";
import { type Rows, rowsOf } from "./table.ts";

type Conf = (site: Site, mirror: Site) => string;

const blocked = (location: string) =>
  `[[registry]]\nlocation = "${location}"\ninsecure = true\nblocked = true\n`;
const parent = (name: string) => name.slice(0, name.lastIndexOf("/"));

/** Who is blocked. Primary and mirror have the image, signed. */
const blocks: Readonly<Record<string, Conf>> = {
  "the primary, which has a mirror": (site, mirror) =>
    registryEntry(site, ["blocked = true"], mirrorAt(mirror)),
  "the primary, which has a mirror that lacks it": (site, mirror) =>
    registryEntry(site, ["blocked = true"], mirrorAt({ name: `${mirror.name}/lacks` })),
  "the primary, which has a mirror for digests": (site, mirror) =>
    registryEntry(site, ["blocked = true"], mirrorAt(mirror, 'pull-from-mirror = "digest-only"')),
  "the mirror": (site, mirror) => `${registryEntry(site, [], mirrorAt(mirror))}\n${blocked(mirror.name)}`,
  "what the mirror is a part of": (site, mirror) =>
    `${registryEntry(site, [], mirrorAt(mirror))}\n${blocked(parent(mirror.name))}`,
  "a part of the mirror": (site, mirror) =>
    `${registryEntry(site, [], mirrorAt(mirror))}\n${blocked(`${mirror.name}/part`)}`,
  both: (site, mirror) =>
    `${registryEntry(site, ["blocked = true"], mirrorAt(mirror))}\n${blocked(mirror.name)}`,
  "everything, by a wildcard": (site, mirror) =>
    `${registryEntry(site, [], mirrorAt(mirror))}\n[[registry]]\nprefix = "*.1"\nblocked = true\n`,
  "the name that is asked for, which leads elsewhere": (site) =>
    `[[registry]]\nprefix = "registry.example/app"\nlocation = "${site.name}"\ninsecure = true\nblocked = true\n`,
  "where the name that is asked for leads": (site) =>
    `[[registry]]\nprefix = "registry.example/app"\nlocation = "${site.name}/more"\ninsecure = true\n${blocked(`${site.name}/more`)}`,
};

/** What is said of the mirror itself; where it leads to counts for its own name alone. */
const ownEntries: Readonly<Record<string, Conf>> = {
  "the mirror's own entry leads elsewhere": (site, mirror) =>
    `${registryEntry(site, [], mirrorAt(mirror))}\n[[registry]]\nprefix = "${mirror.name}"\nlocation = "${mirror.name}/lacks"\ninsecure = true\n`,
  "the mirror's own entry has a mirror": (site, mirror) =>
    `${registryEntry(site, [], mirrorAt({ name: `${mirror.name}/lacks` }))}\n${registryEntry({ name: `${mirror.name}/lacks` }, [], mirrorAt(mirror))}`,
  "the primary is its own mirror": (site) => registryEntry(site, [], mirrorAt(site)),
  "the mirror twice": (site, mirror) =>
    registryEntry(
      site,
      [],
      mirrorAt({ name: `${mirror.name}/lacks` }),
      mirrorAt({ name: `${mirror.name}/lacks` }),
    ),
};

/** Which scope of registries.d turns attachments on, while the mirror serves. */
const storages: Readonly<Record<string, (site: Site, mirror: Site) => string>> = {
  "the primary's repository": (site) => site.name,
  "the primary's tag": (site) => `${site.name}:v1`,
  "the primary's host": (site) => site.host,
  "the mirror's repository": (_, mirror) => mirror.name,
  "the mirror's tag": (_, mirror) => `${mirror.name}:v1`,
  "the mirror's host": (_, mirror) => mirror.host,
  "the mirror's parent": (_, mirror) => parent(mirror.name),
};

/** Scopes of a policy, while the mirror serves; the primary's names count. */
const scopes: Readonly<Record<string, (site: Site, mirror: Site) => string>> = storages;

const login = (password: string = user.password) => ({ auth: inBase64(`${user.name}:${password}`) });

/** Whom credentials are for, while the primary is open and the mirror wants to know who is there. */
const logins: Readonly<Record<string, (site: Site, mirror: Site) => unknown>> = {
  "the mirror": (_, mirror) => ({ [mirror.host]: login() }),
  "the mirror's repository": (_, mirror) => ({ [mirror.name]: login() }),
  "the mirror's parent": (_, mirror) => ({ [parent(mirror.name)]: login() }),
  "the primary": (site) => ({ [site.host]: login() }),
  "the primary's repository": (site) => ({ [site.name]: login() }),
  "both, wrong for the mirror": (site, mirror) => ({ [site.host]: login(), [mirror.host]: login("wrong") }),
  "both, wrong for the primary": (site, mirror) => ({ [site.host]: login("wrong"), [mirror.host]: login() }),
  "the mirror, unreadable": (_, mirror) => ({ [mirror.host]: { auth: "*" } }),
  nobody: () => ({}),
};

/** How a mirror or a primary without TLS may be spoken to. */
const insecure: Readonly<Record<string, Conf>> = {
  "the mirror's entry in the list says nothing, its own entry does": (site, mirror) =>
    `${registryEntry(site, [], `location = "${mirror.name}"`)}\n[[registry]]\nlocation = "${mirror.name}"\ninsecure = true\n`,
  "the mirror's entry in the list does, its own entry says no": (site, mirror) =>
    `${registryEntry(site, [], mirrorAt(mirror))}\n[[registry]]\nlocation = "${mirror.name}"\ninsecure = false\n`,
  "the mirror does, the primary says no": (site, mirror) =>
    `[[registry]]\nlocation = "${site.name}"\n[[registry.mirror]]\n${mirrorAt(mirror)}`,
  "the primary says no, and the mirror lacks it": (site, mirror) =>
    `[[registry]]\nlocation = "${site.name}"\n[[registry.mirror]]\n${mirrorAt({ name: `${mirror.name}/lacks` })}`,
};

function signedAtBoth(site: Site): Site {
  const mirror = site.elsewhere();
  for (const at of [site, mirror]) {
    const image = storeImage(at);
    attach(at, image, [signatureOf(image, `${site.name}:v1`)]);
  }
  return mirror;
}

const ask = (site: Site, rest: Omit<Question, "image">): Question => ({ image: `${site.name}:v1`, ...rest });
const rows = <T>(about: string, values: Readonly<Record<string, T>>) =>
  Object.entries(values).map(([name, value]) => [`${about}: ${name}`, value] as const);

export const mirrorSettingRows: Rows = {
  ...rowsOf(
    rows("blocked", blocks).flatMap(([name, conf]) =>
      (["by its own name", "by another name"] as const).map(
        (way) => [`${name}, ${way}`, { conf, way }] as const,
      ),
    ),
    ({ conf, way }) =>
      (site) => {
        const registriesConf = conf(site, signedAtBoth(site));
        const policy = demandEverywhere(way === "by its own name" ? requireTrusted : accept);
        const image = way === "by its own name" ? `${site.name}:v1` : "registry.example/app:v1";
        return { image, policy, registriesConf };
      },
  ),
  ...rowsOf([...rows("insecure", insecure), ...rows("own entry", ownEntries)], (conf) => (site) => {
    const registriesConf = conf(site, signedAtBoth(site));
    return ask(site, { policy: demandEverywhere(requireTrusted), registriesConf });
  }),
  ...rowsOf(rows("attachments for", storages), (scope) => (site) => {
    const mirror = signedAtBoth(site);
    const on = `docker:\n  ${JSON.stringify(scope(site, mirror))}:\n    use-sigstore-attachments: true\n`;
    const registriesConf = registryEntry(site, [], mirrorAt(mirror));
    return ask(site, {
      policy: demandEverywhere(requireTrusted),
      registriesConf,
      registriesD: { "a.yaml": on },
    });
  }),
  ...rowsOf(rows("a policy that accepts", scopes), (scope) => (site) => {
    const mirror = signedAtBoth(site);
    const policy = JSON.stringify({
      default: [reject],
      transports: { docker: { [scope(site, mirror)]: [accept] } },
    });
    return ask(site, { policy, registriesConf: registryEntry(site, [], mirrorAt(mirror)) });
  }),
  ...rowsOf(
    rows("credentials for", logins).flatMap(([name, file]) =>
      (["basic", "bearer"] as const).flatMap((guard) =>
        ([true, false] as const).map(
          (isAtPrimary) =>
            [
              `${name}, ${guard}, the primary ${isAtPrimary ? "has" : "lacks"} it`,
              { file, guard, isAtPrimary },
            ] as const,
        ),
      ),
    ),
    ({ file, guard, isAtPrimary }) =>
      (site) => {
        const mirror = site.guarded(guard);
        for (const at of isAtPrimary ? [site, mirror] : [mirror]) {
          const image = storeImage(at);
          attach(at, image, [signatureOf(image, `${site.name}:v1`)]);
        }
        return ask(site, {
          policy: demand(site, requireTrusted),
          registriesConf: registryEntry(site, [], mirrorAt(mirror)),
          authfile: JSON.stringify({ auths: file(site, mirror) }),
        });
      },
  ),
};
