import type { Question } from "../case.ts";
import { accept, demand, demandEverywhere, inBase64, reject, requireTrusted } from "../evidence/policies.ts";
import { storeSigned } from "../evidence/signed.ts";
import { user } from "../registries.ts";
import type { Rows } from "./table.ts";

const filesIn: Question["filesIn"] = "the home directory";

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
};
