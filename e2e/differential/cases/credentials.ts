import type { Question, Site } from "../case.ts";
import { accept, demandEverywhere, inBase64, reject, requireTrusted } from "../evidence/policies.ts";
import { storeSigned } from "../evidence/signed.ts";
import { user } from "../registries.ts";
import { type Rows, rowsOf } from "./table.ts";

/** What an auth.json may say of a registry; undefined: there is none. */
const files: Readonly<Record<string, (site: Site) => unknown>> = {
  "no file": () => undefined,
  "an empty object": () => ({}),
  "the host": (site) => auths(site.host),
  "the host with a scheme": (site) => auths(`http://${site.host}`),
  "the host with a path of the API": (site) => auths(`https://${site.host}/v1/`),
  "the repository": (site) => auths(site.name),
  "the namespace": (site) => auths(site.name.slice(0, site.name.lastIndexOf("/"))),
  "another repository": (site) => auths(`${site.name}2`),
  "another host": () => auths("ex.com"),
  "a wrong password": (site) => auths(site.host, "wrong"),
  "an empty password": (site) => auths(site.host, ""),
  "a wrong password for the repository, the right one for the host": (site) => ({
    auths: { [site.name]: { auth: inBase64(`${user.name}:wrong`) }, ...auths(site.host).auths },
  }),
  "no base64": (site) => ({ auths: { [site.host]: { auth: "*" } } }),
  "no colon": (site) => ({ auths: { [site.host]: { auth: inBase64("someone") } } }),
  "an empty entry": (site) => ({ auths: { [site.host]: {} } }),
  "an entry that is null": (site) => ({ auths: { [site.host]: null } }),
};

const requirements = { accept, reject, "trusted key": requireTrusted } as const;

export const credentialRows: Rows = rowsOf(
  (["basic", "bearer"] as const).flatMap((guard) =>
    Object.entries(files).flatMap(([name, file]) =>
      Object.entries(requirements).map(
        ([wanted, requirement]) => [`${guard}, ${name}, ${wanted}`, { guard, file, requirement }] as const,
      ),
    ),
  ),
  ({ guard, file, requirement }) =>
    (open) => {
      const site = open.guarded(guard);
      storeSigned(site);
      const question: Question = { image: `${site.name}:v1`, policy: demandEverywhere(requirement) };
      const credentials = file(site);
      return credentials === undefined ? question : { ...question, authfile: JSON.stringify(credentials) };
    },
);

function auths(key: string, password: string = user.password) {
  return { auths: { [key]: { auth: inBase64(`${user.name}:${password}`) } } };
}
