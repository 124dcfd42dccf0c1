import type { Hint } from "@countersign/engine/policy/lint/hint";
import { holdingFor, withoutTag } from "@countersign/engine/policy/lint/parent-scopes";
import { type RequirementList, requirementLists } from "@countersign/engine/policy/lint/requirement-lists";
import { deadScope } from "@countersign/engine/policy/lint/scope-spelling";
import type { Policy, Requirement } from "@countersign/engine/policy/policy";
import { digestOf } from "@countersign/engine/values/digest";
import { type ImageReference, repositoryName } from "@countersign/engine/values/image-reference";
import { pullSources } from "@countersign/sources/containers-config/pull-sources";
import type { RegistriesConf } from "@countersign/sources/containers-config/registries-conf";
import {
  type RegistriesD,
  type SignatureStorage,
  storageFor,
} from "@countersign/sources/containers-config/registries-d";

/** Where signatures are looked for, and from where images may really come. */
export interface RegistriesSetup {
  readonly registriesD: RegistriesD;
  readonly registriesConf: RegistriesConf;
  /** the directory to write into, for remedies */
  readonly directory: string;
}

/**
 * Finds requirements whose signatures are not looked for where they are kept. registries.d is asked by the name an image
 * has where it is read, so a mirror needs a section of its own.
 */
export function signaturePlaceHints(policy: Policy, setup: RegistriesSetup): readonly Hint[] {
  return [...hintsFor(policy, setup, attachments), ...hintsFor(policy, setup, lookaside)];
}

/** A way to keep signatures. */
interface Keeping {
  readonly code: "ATTACHMENTS_NOT_READ" | "LOOKASIDE_NOT_SET";
  readonly requirement: Requirement["type"];
  isSet(storage: SignatureStorage): boolean;
  /** what to write into a section */
  readonly option: string;
  message(images: string): string;
}

const attachments: Keeping = {
  code: "ATTACHMENTS_NOT_READ",
  requirement: "sigstoreSigned",
  isSet: ({ useSigstoreAttachments }) => useSigstoreAttachments === true,
  option: "use-sigstore-attachments: true",
  message: (images) =>
    `registries.d does not say that signatures of ${images} are to be looked for beside the image, where cosign keeps them`,
};

const lookaside: Keeping = {
  code: "LOOKASIDE_NOT_SET",
  requirement: "signedBy",
  isSet: (storage) => storage.lookaside !== undefined,
  option: 'lookaside: "https://HOST/PATH"',
  message: (images) =>
    `registries.d names no lookaside for ${images}, so signatures are looked for on this machine alone`,
};

function* hintsFor(policy: Policy, setup: RegistriesSetup, keeping: Keeping): Generator<Hint> {
  const lists = requirementLists(policy).filter((list) => asksFor(list, keeping));
  const [first] = lists;
  if (first === undefined) return;
  const { defaultDocker, docker } = setup.registriesD;
  if (![defaultDocker, ...docker.values()].some((section) => section && keeping.isSet(section))) {
    yield hint(first.path, keeping, keeping.message("any image"), remedy(setup, "", keeping));
    return;
  }
  for (const list of lists) {
    const unset = placesOf(list, policy, setup).filter((place) => !isCovered(place, setup, keeping));
    for (const { logical, prefix } of unset) {
      const images = prefix === logical ? nameOf(prefix) : `images of ${logical} that come from ${prefix}`;
      yield hint(list.path, keeping, keeping.message(images), remedy(setup, prefix, keeping));
    }
  }
}

function hint(path: string, { code }: Keeping, message: string, remedy: string): Hint {
  return { code, path, message, remedy };
}

/** Whether the signature is really asked for: beside `reject` it does not matter. */
function asksFor({ transport, scope, requirements }: RequirementList, { requirement }: Keeping): boolean {
  const isRegistrys = transport === undefined || (transport === "docker" && deadScope(scope) === undefined);
  const isHopeless = requirements.some(({ type }) => type === "reject" || type === "signedBaseLayer");
  return isRegistrys && !isHopeless && requirements.some(({ type }) => type === requirement);
}

/** A name below which images are read. */
interface Place {
  /** as pods write it; `""` everywhere */
  readonly logical: string;
  /** as registries.d is asked; `""` everywhere */
  readonly prefix: string;
  readonly probe: ImageReference;
}

/** Where the images of a list are read: under the scope's own name, and where registries.conf leads from there. */
function placesOf(
  list: RequirementList,
  policy: Policy,
  { registriesConf }: RegistriesSetup,
): readonly Place[] {
  const redirected = registriesConf.registries
    .map(({ prefix }) => prefix)
    .filter((prefix) => !prefix.includes("*"))
    .filter((prefix) => holdingFor(policy, "docker", prefix).requirements === list.requirements);
  const places = [withoutTag(list.scope), ...redirected].flatMap((name) => readFrom(name, registriesConf));
  return [...new Map(places.map((place) => [place.prefix, place])).values()];
}

/** Names that nobody gives to anything. Two elements, as Docker Hub would put `library` before one. */
const probeHost = "lint-probe";
const probePath = "lint/probe";
const probeDigest = digestOf(new Uint8Array());

function readFrom(name: string, conf: RegistriesConf): readonly Place[] {
  const [host = "", ...path] = name.split("/");
  const domain = host === "" ? `${probeHost}.invalid` : host.replace(/^\*(?=\.)/, probeHost);
  const parts = { domain, path: [...path, probePath].join("/") };
  const probes: readonly ImageReference[] = [
    { ...parts, tag: "latest", digest: undefined },
    { ...parts, tag: undefined, digest: probeDigest },
  ];
  return probes
    .flatMap((probe) => sourcesOf(probe, conf))
    .map((probe) => ({ logical: name, prefix: prefixOf(probe, name), probe }));
}

function sourcesOf(probe: ImageReference, conf: RegistriesConf): readonly ImageReference[] {
  try {
    return pullSources(conf, probe).map(({ physical }) => physical);
  } catch {
    return []; // a rewriting that fails is told when an image is asked for
  }
}

/** The probe's name without what was made up of it. */
function prefixOf(probe: ImageReference, logical: string): string {
  const name = repositoryName(probe).replace(`/${probePath}`, "");
  return name.startsWith(`${probeHost}.`) ? logical : name;
}

/** Whether signatures are looked for there, or at least for a part of it. */
function isCovered({ prefix, probe }: Place, { registriesD }: RegistriesSetup, { isSet }: Keeping): boolean {
  if (isSet(storageFor(registriesD, probe))) return true;
  return [...registriesD.docker].some(([scope, section]) => isSet(section) && isBelow(scope, prefix));
}

function isBelow(scope: string, prefix: string): boolean {
  if (prefix === "") return true;
  if (prefix.startsWith("*.")) return scope.split(/[/:]/, 1)[0]?.endsWith(prefix.slice(1)) ?? false;
  return scope.startsWith(prefix) && /^[/:@]/.test(scope.slice(prefix.length));
}

function remedy({ registriesD, directory }: RegistriesSetup, prefix: string, { option }: Keeping): string {
  if (prefix === "") {
    return registriesD.defaultDocker === undefined
      ? `write into ${directory}/default.yaml: default-docker: {${option}}`
      : `add to default-docker in ${directory}: ${option}`;
  }
  const name = JSON.stringify(prefix);
  return registriesD.docker.has(prefix)
    ? `write in the section ${name} of ${directory}: ${option}`
    : `write into a file of ${directory}: docker: {${name}: {${option}}}`;
}

function nameOf(prefix: string): string {
  return prefix === "" ? "most images" : `images of ${prefix}`;
}
