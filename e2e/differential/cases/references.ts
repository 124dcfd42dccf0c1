import { answer } from "@countersign/testkit/registry/registry-answer";
import type { Site } from "../case.ts";
import { accept, demandEverywhere, reject } from "../evidence/policies.ts";
import { digestOf, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

const hex = "0123456789abcdef".repeat(4);

/** Names that never reach a registry. */
const broken: Readonly<Record<string, (site: Site) => string>> = {
  "a tag and a digest": ({ name }) => `${name}:v1@sha256:${hex}`,
  "an empty tag": ({ name }) => `${name}:`,
  "an empty digest": ({ name }) => `${name}@`,
  "a digest without algorithm": ({ name }) => `${name}@${hex}`,
  "a short digest": ({ name }) => `${name}@sha256:abc`,
  "a digest in upper case": ({ name }) => `${name}@sha256:${hex.toUpperCase()}`,
  "an unknown algorithm": ({ name }) => `${name}@md5:${hex.slice(32)}`,
  "upper case": ({ host, repository }) => `${host}/${repository.toUpperCase()}:v1`,
  "upper case without a host": () => "App:v1",
  "a space": ({ name }) => `${name}:v 1`,
  "two slashes": ({ host }) => `${host}//app:v1`,
  "a slash at the end": ({ name }) => `${name}/`,
  "a slash at the beginning": ({ name }) => `/${name}`,
  "a port that is none": () => "127.0.0.1:port/app:v1",
  "a long tag": ({ name }) => `${name}:${"t".repeat(129)}`,
  "a long name": ({ host }) => `${host}/${"n".repeat(300)}`,
  "a name of 64 hex digits": () => hex,
  "a double underscore too many": ({ host }) => `${host}/a___b:v1`,
  "two points": ({ host }) => `${host}/a..b:v1`,
  "a tag that begins with a point": ({ name }) => `${name}:.v1`,
  "a letter outside ASCII": ({ host }) => `${host}/äpp:v1`,
  "a question mark": ({ name }) => `${name}:v1?x=y`,
  "a percent sign": ({ host }) => `${host}/%61pp:v1`,
  "two tags": ({ name }) => `${name}:v1:v2`,
  "only a host with a scheme": () => "http://127.0.0.1/app",
};

export const referenceRows: Rows = {
  ...rowsOf(Object.entries(broken), (image) => (site) => ({
    image: image(site),
    policy: demandEverywhere(accept),
  })),
  "upper case, and a broken policy": ({ host }) => ({ image: `${host}/App:v1`, policy: "{}" }),
  "no such tag": (site) => {
    storeImage(site);
    return { image: `${site.name}:v2`, policy: demandEverywhere(accept) };
  },
  "no such tag, rejected": (site) => {
    storeImage(site);
    return { image: `${site.name}:v2`, policy: demandEverywhere(reject) };
  },
  "no such digest": (site) => {
    storeImage(site);
    return { image: `${site.name}@sha256:${hex}`, policy: demandEverywhere(accept) };
  },
  "no such repository": (site) => ({ image: `${site.name}:v1`, policy: demandEverywhere(accept) }),
  "no such registry": () => ({ image: "127.0.0.1:1/app:v1", policy: demandEverywhere(accept) }),
  "no such registry, rejected": () => ({ image: "127.0.0.1:1/app:v1", policy: demandEverywhere(reject) }),
  "no such host": () => ({ image: "registry.invalid/app:v1", policy: demandEverywhere(accept) }),
  "a host with an underscore": () => ({ image: "a_b.example/app:v1", policy: demandEverywhere(accept) }),
  "a digest": (site) => {
    const { digest } = storeImage(site);
    return { image: `${site.name}@${digest}`, policy: demandEverywhere(accept) };
  },
  "a digest, rejected": (site) => {
    const { digest } = storeImage(site);
    return { image: `${site.name}@${digest}`, policy: demandEverywhere(reject) };
  },
  "a sha512 digest": (site) => {
    const { bytes, mediaType } = storeImage(site);
    const digest = digestOf(bytes, "sha512");
    site.answer(`manifests/${digest}`, answer(200, { "content-type": mediaType }, bytes));
    return { image: `${site.name}@${digest}`, policy: demandEverywhere(accept) };
  },
  "other bytes than the digest says": (site) => {
    const { digest, mediaType } = storeImage(site);
    site.answer(`manifests/${digest}`, answer(200, { "content-type": mediaType }, "{}"));
    return { image: `${site.name}@${digest}`, policy: demandEverywhere(accept) };
  },
  "other bytes than the digest says, rejected": (site) => {
    const { digest, mediaType } = storeImage(site);
    site.answer(`manifests/${digest}`, answer(200, { "content-type": mediaType }, "{}"));
    return { image: `${site.name}@${digest}`, policy: demandEverywhere(reject) };
  },
  "the longest tag": (site) => {
    const tag = "t".repeat(128);
    storeImage(site, tag);
    return { image: `${site.name}:${tag}`, policy: demandEverywhere(accept) };
  },
  "localhost for 127.0.0.1, unconfigured": (site) => ({
    image: `localhost${site.host.replace(/^[^:]*/, "")}/${site.repository}:v1`,
    policy: demandEverywhere(reject),
  }),
};
