import type { Question } from "../case.ts";
import { accept, demand, demandEverywhere, inBase64, reject, requireTrusted } from "../evidence/policies.ts";
import { storeSigned } from "../evidence/signed.ts";
import { user } from "../registries.ts";
import { type Rows, rowsOf } from "./table.ts";

const filesIn: Question["filesIn"] = "the home directory";

const blocked = '[[registry]]\nlocation = "NAME"\nblocked = true\n';
const open = '[[registry]]\nlocation = "NAME"\ninsecure = true\n';

/** Files of registries.conf.d; registries.conf itself lets the local registries be asked. */
const dropIns: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a drop-in that blocks": { "a.conf": blocked },
  "a drop-in of comments": { "a.conf": "# blocked\n" },
  "a drop-in by another name": { "a.toml": blocked, "b.conf.bak": "[", conf: "[" },
  "a drop-in without a name": { ".conf": blocked },
  "a drop-in in a directory below": { "deep/a.conf": blocked },
  "a directory called like a drop-in": { "a.conf/b": blocked },
  "a later drop-in that opens again": { "a.conf": blocked, "b.conf": open },
  "an earlier drop-in that would open": { "a.conf": open, "b.conf": blocked },
  "drop-ins in the order of their bytes": { "B.conf": blocked, "a.conf": open },
  "drop-ins in the order of their digits": { "10.conf": open, "9.conf": blocked },
  "a drop-in that takes plain HTTP back": { "a.conf": '[[registry]]\nlocation = "HOST"\n' },
  "a drop-in that contradicts the file": {
    "a.conf": '[[registry]]\nprefix = "p.test"\nlocation = "HOST"\nblocked = true\n',
  },
  "a drop-in that contradicts itself": { "a.conf": blocked + open },
  "a drop-in that is no TOML": { "a.conf": "[" },
  "a drop-in about nothing": { "a.conf": "[[registry]]\n" },
  "a drop-in in format 1": { "a.conf": '[registries.search]\nregistries = ["a.test"]\n' },
  "a drop-in with a wrong alias": { "a.conf": '[aliases]\na = "b"\n' },
  "a drop-in that takes an alias back": {
    "a.conf": '[aliases]\na = "r.test/a"\n',
    "b.conf": '[aliases]\na = ""\n',
  },
  "a drop-in with a wrong mode": { "a.conf": 'short-name-mode = "x"\n' },
};

/** What the user's own configuration says, when no flag names another. */
export const homeDirectoryRows: Rows = {
  "a policy that accepts": (site) => {
    storeSigned(site);
    return { image: `${site.name}:v1`, policy: demand(site, accept), filesIn };
  },
  "a policy that rejects": (site) => {
    storeSigned(site);
    return { image: `${site.name}:v1`, policy: demand(site, reject), filesIn };
  },
  "a broken policy": (site) => {
    storeSigned(site);
    return { image: `${site.name}:v1`, policy: "{}", filesIn };
  },
  "registries.d that turns attachments on": (site) => {
    storeSigned(site);
    return { image: `${site.name}:v1`, policy: demandEverywhere(requireTrusted), filesIn };
  },
  "registries.d that turns attachments off": (site) => {
    storeSigned(site);
    const registriesD = { "a.yaml": "default-docker:\n  use-sigstore-attachments: false\n" };
    return { image: `${site.name}:v1`, policy: demandEverywhere(requireTrusted), registriesD, filesIn };
  },
  "registries.conf that blocks": (site) => {
    storeSigned(site);
    const registriesConf = `[[registry]]\nlocation = "${site.name}"\nblocked = true\n`;
    return { image: `${site.name}:v1`, policy: demandEverywhere(accept), registriesConf, filesIn };
  },
  "auth.json with credentials": (open) => {
    const site = open.guarded("basic");
    storeSigned(site);
    const auth = inBase64(`${user.name}:${user.password}`);
    const authfile = JSON.stringify({ auths: { [site.host]: { auth } } });
    return { image: `${site.name}:v1`, policy: demandEverywhere(requireTrusted), authfile, filesIn };
  },
  "auth.json with wrong credentials": (open) => {
    const site = open.guarded("basic");
    storeSigned(site);
    const authfile = JSON.stringify({ auths: { [site.host]: { auth: inBase64("someone:else") } } });
    return { image: `${site.name}:v1`, policy: demandEverywhere(requireTrusted), authfile, filesIn };
  },
  ...rowsOf(Object.entries(dropIns), (files) => (site) => {
    storeSigned(site);
    const homeFiles = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [
        `.config/containers/registries.conf.d/${name}`,
        text.replaceAll("HOST", site.host).replaceAll("NAME", site.name),
      ]),
    );
    return { image: `${site.name}:v1`, policy: demandEverywhere(accept), homeFiles, filesIn };
  }),
};
