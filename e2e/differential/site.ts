import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Lookaside, signatureFile } from "@countersign/testkit/lookaside/lookaside";
import { answers } from "@countersign/testkit/registry/faults";
import type { TestRegistry } from "@countersign/testkit/registry/registry";
import type { Case, Platform, Question, Site, SiteLookaside } from "./case.ts";
import type { LocalRegistries } from "./registries.ts";

/** A case as files: what goes on both command lines. */
export interface AskedFiles {
  readonly image: string;
  /** the same with its transport, which skopeo wants to be told always */
  readonly source: string;
  /** undefined: they are to be found in the home directory */
  readonly named: NamedFiles | undefined;
  readonly platform: Platform;
  readonly home: string;
  /** where skopeo may put its copy */
  readonly copy: string;
}

/** Files that flags name. */
export interface NamedFiles {
  readonly policy: string;
  readonly registriesConf: string;
  readonly registriesD: string;
  readonly authfile: string | undefined;
}

/** A flag with its value; nothing if there is none. */
export function flag(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}

/** Stores what a case is about and writes the files that both programs read. */
export function prepare(one: Case, number: number, registries: LocalRegistries, parent: string): AskedFiles {
  const at = join(parent, String(number));
  const within = (name: string) => join(at, name);
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(dirname(within(name)), { recursive: true });
    writeFileSync(within(name), content);
    return within(name);
  };
  mkdirSync(within("home"), { recursive: true });
  const question = one.prepare(openSite(`case-${number}/app`, registries, { within, write }));
  const { filesIn, registriesD = { "default.yaml": attachmentsEverywhere } } = question;
  const config = filesIn === undefined ? "config" : "home/.config/containers";
  mkdirSync(within(`${config}/registries.d`), { recursive: true });
  for (const [name, content] of Object.entries(registriesD)) write(`${config}/registries.d/${name}`, content);
  for (const [path, content] of Object.entries(question.homeFiles ?? {})) write(`home/${path}`, content);
  const named = {
    policy: question.policyFile ?? write(`${config}/policy.json`, question.policy),
    registriesConf: write(`${config}/registries.conf`, registriesConf(question, registries)),
    registriesD: within(`${config}/registries.d`),
    authfile: question.authfile === undefined ? undefined : write(`${config}/auth.json`, question.authfile),
  };
  const { image } = question;
  return {
    ...(typeof image === "string"
      ? { image, source: `docker://${image}` }
      : { image: image.source, source: image.source }),
    named: filesIn === undefined ? named : undefined,
    platform: question.platform ?? { os: "linux", architecture: "amd64" },
    home: within("home"),
    copy: within("copy"),
  };
}

interface Directory {
  within(name: string): string;
  write(name: string, content: string | Uint8Array): string;
}

function openSite(repository: string, registries: LocalRegistries, directory: Directory): Site {
  const siteOf = (registry: TestRegistry): Site => ({
    host: registry.address,
    repository,
    name: `${registry.address}/${repository}`,
    file: directory.write,
    absent: directory.within,
    directory(name) {
      mkdirSync(directory.within(name));
      return directory.within(name);
    },
    store: registry.store,
    guarded: (by) => siteOf(registries[by]),
    elsewhere: () => siteOf(registries.second),
    listing: (word = "1") => siteOf(registries.listing[word]),
    list: (digest, signatures) => registry.listSignatures(repository, digest, signatures),
    answerList: (digest, instead) =>
      registry.fail(requestFor(`/extensions/v2/${repository}/signatures/${digest}`), answers(instead)),
    lookaside: siteLookaside(registries.lookaside, repository),
    answer: (path, instead) => registry.fail(requestFor(`/v2/${repository}/${path}`), answers(instead)),
  });
  return siteOf(registries.open);
}

function siteLookaside({ base, address, put, putFile, fail }: Lookaside, repository: string): SiteLookaside {
  return {
    base,
    address,
    put: (digest, signatures) => put(repository, digest, signatures),
    putFile,
    answer: (digest, number, instead) =>
      fail(
        requestFor(`${new URL(base).pathname}/${signatureFile(repository, digest, number)}`),
        answers(instead),
      ),
    answerBelow: (path, query, instead) =>
      fail(new RegExp(`^GET ${literally(path)}[^?]*${literally(query)}$`), answers(instead)),
  };
}

const attachmentsEverywhere = "default-docker:\n  use-sigstore-attachments: true\n";

function registriesConf({ registriesConf: said = "" }: Question, registries: LocalRegistries) {
  if (typeof said !== "string") return said.instead;
  const { open, basic, bearer, second, listing } = registries;
  const hosts = [open, basic, bearer, second, ...Object.values(listing)].map(({ address }) => address);
  return `${hosts.map(plainHttp).join("")}\n${said}`;
}

function plainHttp(host: string): string {
  return `[[registry]]\nlocation = "${host}"\ninsecure = true\n`;
}

/** Anchored, so that one case's answers never reach another's repository. */
function requestFor(path: string): RegExp {
  return new RegExp(`^(GET|HEAD) ${literally(path)}$`);
}

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
