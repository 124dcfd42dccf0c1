import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers } from "@countersign/testkit/registry/faults";
import type { TestRegistry } from "@countersign/testkit/registry/registry";
import type { Case, Platform, Site } from "./case.ts";
import type { LocalRegistries } from "./registries.ts";

/** A case as files: what goes on both command lines. */
export interface AskedFiles {
  readonly image: string;
  readonly policy: string;
  readonly registriesConf: string;
  readonly registriesD: string;
  readonly platform: Platform;
  readonly authfile: string | undefined;
  /** a home directory with nothing in it */
  readonly home: string;
  /** where skopeo may put its copy */
  readonly copy: string;
}

/** Stores what a case is about and writes the files that both programs read. */
export function prepare(one: Case, number: number, registries: LocalRegistries, parent: string): AskedFiles {
  const at = join(parent, String(number));
  const within = (name: string) => join(at, name);
  mkdirSync(within("registries.d"), { recursive: true });
  mkdirSync(within("home"));
  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(within(name), content);
    return within(name);
  };
  const question = one.prepare(openSite(`case-${number}/app`, registries, { within, write }));
  const registriesD = question.registriesD ?? { "default.yaml": attachmentsEverywhere };
  for (const [name, content] of Object.entries(registriesD)) write(join("registries.d", name), content);
  const hosts = [registries.open, registries.basic, registries.bearer].map(({ address }) => address);
  return {
    image: question.image,
    policy: question.policyFile ?? write("policy.json", question.policy),
    registriesConf: write(
      "registries.conf",
      `${hosts.map(plainHttp).join("")}\n${question.registriesConf ?? ""}`,
    ),
    registriesD: within("registries.d"),
    authfile: question.authfile === undefined ? undefined : write("auth.json", question.authfile),
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
    answer: (path, instead) => registry.fail(requestFor(`/v2/${repository}/${path}`), answers(instead)),
  });
  return siteOf(registries.open);
}

const attachmentsEverywhere = "default-docker:\n  use-sigstore-attachments: true\n";

function plainHttp(host: string): string {
  return `[[registry]]\nlocation = "${host}"\ninsecure = true\n`;
}

/** Anchored, so that one case's answers never reach another's repository. */
function requestFor(path: string): RegExp {
  return new RegExp(`^(GET|HEAD) ${path.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}
