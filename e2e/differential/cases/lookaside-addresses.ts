import { sigstoreBlob } from "@countersign/testkit/layouts/signature-blob";
import { signatureFile } from "@countersign/testkit/lookaside/lookaside";
import { answer } from "@countersign/testkit/registry/registry-answer";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Site } from "../case.ts";
import { askedAt, goodFor, inFiles, lookasideAt, onServer } from "../evidence/lookasides.ts";
import { demandEverywhere, requireTrusted } from "../evidence/policies.ts";
import { signatureOf, trusting } from "../evidence/signed.ts";
import { storeImage, storeIndex } from "../evidence/store.ts";
import { named, type Rows, rowsOf } from "./table.ts";

/** Other ways to write a directory, whose plain path is given; the signature lies there. */
const directories: Readonly<Record<string, (path: string) => string>> = {
  "two slashes": (path) => `file://${path}`,
  "no slashes": (path) => `file:${path}`,
  "a host": (path) => `file://host${path}`,
  localhost: (path) => `file://localhost${path}`,
  "a host with a port": (path) => `file://host:1${path}`,
  "a user": (path) => `file://user@host${path}`,
  "a user and a password": (path) => `file://user:password@host${path}`,
  "a scheme in capitals": (path) => `FILE://${path}`,
  "a slash at its end": (path) => `file://${path}/`,
  "two slashes at its end": (path) => `file://${path}//`,
  "double slashes within": (path) => `file://${path.replaceAll("/", "//")}`,
  "dots within": (path) => `file://${path}/./x/..`.replace("/x/..", ""),
  "one up and down again": (path) => `file://${path}/../sigs`,
  "a query": (path) => `file://${path}?x=y`,
  "an empty query": (path) => `file://${path}?`,
  "a fragment": (path) => `file://${path}#x`,
  "an empty fragment": (path) => `file://${path}#`,
  "a letter in hexadecimal": (path) => `file://${path.replace("sigs", "%73igs")}`,
  "a slash in hexadecimal": (path) => `file://${path.replace("/sigs", "%2fsigs")}`,
  "a query in hexadecimal": (path) => `file://${path}%3fx`,
  "a bad escape": (path) => `file://${path}%zz`,
  "half an escape": (path) => `file://${path}%2`,
  "an escape alone": (path) => `file://${path}%`,
  "a bad escape in the fragment": (path) => `file://${path}#%zz`,
  "a bad escape in the query": (path) => `file://${path}?%zz`,
  "a blank before it": (path) => ` file://${path}`,
  "a blank after it": (path) => `file://${path} `,
  "a line end after it": (path) => `file://${path}\n`,
  "no scheme": (path) => path,
  "no scheme and a host": (path) => `//host${path}`,
  "no scheme and three slashes": (path) => `//${path}`,
  "a relative path": () => "sigs",
  "a relative path with a scheme": () => "file:sigs",
  "a relative path after two slashes": () => "file://sigs",
  "a scheme alone": () => "file:",
  "a scheme and two slashes": () => "file://",
  "a scheme and three slashes": () => "file:///",
  "an unknown scheme": (path) => `ftp://host${path}`,
  "an unknown scheme without a host": (path) => `s3:${path}`,
  "an unknown scheme with a password": (path) => `ftp://user:password@host${path}`,
  "an opaque one": () => "mailto:a@b",
  "a drive": () => "C:\\sigs",
  "a star": () => "*",
  "a dot": () => ".",
  "a colon": () => ":",
  "a colon within the first part": () => "a b:c",
  "a scheme that begins with a digit": () => "1file:///x",
  "brackets around no address": (path) => `file://[x]${path}`,
  "brackets that are not closed": (path) => `file://[::1${path}`,
  "brackets around an address": (path) => `file://[::1]${path}`,
  "brackets around an IPv4 address": (path) => `file://[127.0.0.1]${path}`,
  "something before brackets": (path) => `file://x[::1]${path}`,
  "a port that is none": (path) => `file://host:port${path}`,
  "two ports": (path) => `file://host:1:2${path}`,
  "a blank in the host": (path) => `file://a b${path}`,
  "an escape in the host": (path) => `file://%41${path}`,
  "a letter beyond ASCII in the host": (path) => `file://é${path}`,
  "an escape beyond ASCII in the host": (path) => `file://%C3%A9${path}`,
  "a bad character in the user": (path) => `file://a b@host${path}`,
  "a bad escape in the user": (path) => `file://%zz@host${path}`,
  "a control character": (path) => `file://${path}\u0001`,
  null: () => "null",
};

/** The same for a web server. */
const servers: Readonly<Record<string, (site: Site) => string>> = {
  "as it is": ({ lookaside }) => lookaside.base,
  "a scheme in capitals": ({ lookaside }) => lookaside.base.replace("http", "HTTP"),
  "a user": ({ lookaside }) => lookaside.base.replace("//", "//user@"),
  "a user and a password": ({ lookaside }) => lookaside.base.replace("//", "//user:password@"),
  "a slash at its end": ({ lookaside }) => `${lookaside.base}/`,
  "a query": ({ lookaside }) => `${lookaside.base}?a=b&c`,
  "an empty query": ({ lookaside }) => `${lookaside.base}?`,
  "a fragment": ({ lookaside }) => `${lookaside.base}#x`,
  "a letter in hexadecimal": ({ lookaside }) => lookaside.base.replace("sigs", "%73igs"),
  "no path": ({ lookaside }) => `http://${lookaside.address}`,
  "only a slash": ({ lookaside }) => `http://${lookaside.address}/`,
  "no host": () => "http:///sigs",
  "one slash": ({ lookaside }) => `http:/${lookaside.address}/sigs`,
  "no slash": ({ lookaside }) => `http:${lookaside.address}/sigs`,
  "a scheme alone": () => "http:",
  "a host and nothing": () => "http://",
  "HTTPS, which it does not speak": ({ lookaside }) => lookaside.base.replace("http", "https"),
  "nobody there": () => "http://127.0.0.1:1/sigs",
  "nobody there, with HTTPS": () => "https://127.0.0.1:1/sigs",
  "nobody there, with a blank": () => "http://127.0.0.1:1/a b",
  "nobody there, with an escaped blank": () => "http://127.0.0.1:1/a%20b",
  "nobody there, with what must not be escaped": () => "http://127.0.0.1:1/a-_.~$&+,:;=@b",
  "nobody there, with what must be": () => `http://127.0.0.1:1/a!'()*"<>^{|}b`,
  "nobody there, with letters beyond ASCII": () => "http://127.0.0.1:1/é/ü",
  "nobody there, with a slash in hexadecimal": () => "http://127.0.0.1:1/a%2Fb",
  "nobody there, with a percent sign": () => "http://127.0.0.1:1/a%25b",
  "nobody there, with a query": () => "http://127.0.0.1:1/a?b=c&d",
  "nobody there, with a user": () => "http://user@127.0.0.1:1/a",
  "nobody there, with a password": () => "http://user:password@127.0.0.1:1/a",
  "a refusal, with a query": (site) => refusing(site, `${site.lookaside.base}?b=c`, "?b=c"),
  "a refusal, with a password": (site) =>
    refusing(site, site.lookaside.base.replace("//", "//user:password@"), ""),
  "nobody there, with a fragment": () => "http://127.0.0.1:1/a#b",
  "no port after the colon": () => "http://127.0.0.1:/sigs",
  "a port that is too large": () => "http://127.0.0.1:99999/sigs",
  "no such host": () => "http://nowhere.invalid/sigs",
  "the registry": ({ host }) => `http://${host}/sigs`,
};

export const lookasideAddressRows: Rows = {
  ...rowsOf(named("a directory, ", directories), (write) => (site) => {
    const image = storeImage(site);
    const path = inFiles(site, image, [goodFor(site, image)]).slice("file://".length);
    return askedAt(site, write(path));
  }),
  ...rowsOf(named("a server, ", servers), (write) => (site) => {
    const image = storeImage(site);
    const good = goodFor(site, image);
    onServer(site, image, [good]);
    site.lookaside.putFile(`/${signatureFile(site.repository, image.digest, 1)}`, good);
    return askedAt(site, write(site));
  }),
  "a name with a blank": (site) => spelled(site, "a b", "a b"),
  "a name with a blank, escaped": (site) => spelled(site, "a b", "a%20b"),
  "a name with a plus": (site) => spelled(site, "a+b", "a+b"),
  "a name with a plus, escaped": (site) => spelled(site, "a+b", "a%2Bb"),
  "a name with a percent sign": (site) => spelled(site, "a%b", "a%25b"),
  "a name beyond ASCII": (site) => spelled(site, "é", "é"),
  "a name beyond ASCII, escaped": (site) => spelled(site, "é", "%C3%A9"),
  "a name with a question mark, escaped": (site) => spelled(site, "a?b", "a%3Fb"),
  "a name with a hash, escaped": (site) => spelled(site, "a#b", "a%23b"),
  "a name with a backslash": (site) => spelled(site, "a\\b", "a\\b"),
  "a name with a colon": (site) => spelled(site, "a:b", "a:b"),
  "by digest": (site) => {
    const image = storeImage(site);
    const address = inFiles(site, image, [signed(site, image, `${site.name}@${image.digest}`)]);
    const policy = demandEverywhere(requireTrusted);
    return { image: `${site.name}@${image.digest}`, policy, registriesD: lookasideAt(address) };
  },
  "an index, its instance signed": (site) => {
    const instance = storeImage(site, "amd64");
    storeIndex(site, [[{ os: "linux", architecture: "amd64" }, instance]]);
    return askedAt(site, inFiles(site, instance, [goodFor(site, instance)]));
  },
  "an index, itself signed": (site) => {
    const instance = storeImage(site, "amd64");
    const index = storeIndex(site, [[{ os: "linux", architecture: "amd64" }, instance]]);
    return askedAt(site, inFiles(site, index, [goodFor(site, index)]));
  },
  "an index, its instance's signature junk": (site) => {
    const instance = storeImage(site, "amd64");
    storeIndex(site, [[{ os: "linux", architecture: "amd64" }, instance]]);
    return askedAt(site, inFiles(site, instance, [Buffer.from("junk")]));
  },
  "below the registry's name": (site) => elsewhere(site, (path) => `${site.host}/${path}`),
  "with a colon for the equals sign": (site) => elsewhere(site, (path) => path.replace("sha256=", "sha256:")),
  "without the algorithm": (site) => elsewhere(site, (path) => path.replace("sha256=", "")),
  "in a directory of its own for the digest": (site) => elsewhere(site, (path) => path.replace("@", "/@")),
  "with a hyphen": (site) => elsewhere(site, (path) => path.replace("sha256=", "sha256-")),
};

/** A server that refuses whatever is asked for below the case's repository. */
function refusing({ lookaside, repository }: Site, address: string, query: string): string {
  lookaside.answerBelow(`/sigs/${repository}`, query, answer(403));
  return address;
}

function spelled(site: Site, directory: string, written: string) {
  const image = storeImage(site);
  const path = `${directory}/${signatureFile(site.repository, image.digest, 1)}`;
  site.file(path, goodFor(site, image));
  return askedAt(site, `file://${site.absent("").replace(/\/$/, "")}/${written}`);
}

function signed(_: Site, image: StoredManifest, reference: string): Uint8Array {
  return sigstoreBlob(signatureOf(image, reference));
}

function elsewhere(site: Site, change: (path: string) => string) {
  const image = storeImage(site);
  site.file(`sigs/${change(signatureFile(site.repository, image.digest, 1))}`, goodFor(site, image));
  return { ...trusting(site), registriesD: lookasideAt(`file://${site.absent("sigs")}`) };
}
