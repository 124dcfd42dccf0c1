import type { Site } from "../case.ts";
import { stranger, trusted } from "../evidence/kit.ts";
import { accept, demand, inBase64, reject, sigstoreSigned } from "../evidence/policies.ts";
import { signatureOf, storeSigned } from "../evidence/signed.ts";
import { storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

/** One requirement of every fate. */
const requirements: Readonly<Record<string, (site: Site) => unknown>> = {
  accept: () => accept,
  reject: () => reject,
  "trusted key": () => sigstoreSigned({ keyData: inBase64(trusted.publicKeyPem) }),
  "stranger's key": () => sigstoreSigned({ keyData: inBase64(stranger.publicKeyPem) }),
  "missing key file": (site) => sigstoreSigned({ keyPath: site.absent("none.pem") }),
  "another name": () =>
    sigstoreSigned({
      keyData: inBase64(trusted.publicKeyPem),
      signedIdentity: { type: "exactRepository", dockerRepository: "ex.com/other" },
    }),
  "base layer": () => ({ type: "signedBaseLayer", baseLayerIdentity: { type: "matchRepository" } }),
};

const names = Object.keys(requirements);

/** Every pair: the first that fails is the answer. */
const pairs = names.flatMap((first) => names.map((second) => [first, second] as const));

const stores: Readonly<Record<string, (site: Site) => void>> = {
  "signed by the trusted key": (site) => void storeSigned(site),
  "signed by a stranger": (site) =>
    void storeSigned(site, (_, image) => signatureOf(image, `${site.name}:v1`, stranger)),
  unsigned: (site) => void storeImage(site),
};

export const mixedRows: Rows = {
  ...rowsOf(
    Object.entries(stores).flatMap(([state, store]) =>
      [...names.map((name) => [name]), ...pairs].map(
        (list) => [`${list.join(", then ")}: ${state}`, { list, store }] as const,
      ),
    ),
    ({ list, store }) =>
      (site) => {
        store(site);
        return {
          image: `${site.name}:v1`,
          policy: demand(site, ...list.map((name) => requirements[name]?.(site))),
        };
      },
  ),
  "forty accepts, then a reject": (site) => {
    storeSigned(site);
    return {
      image: `${site.name}:v1`,
      policy: demand(site, ...Array.from({ length: 40 }, () => accept), reject),
    };
  },
};
