import { leafRequirements } from "@countersign/engine/policy/leaf-requirements";
import type { Hint } from "@countersign/engine/policy/lint/hint";
import { holdingFor, withoutTag } from "@countersign/engine/policy/lint/parent-scopes";
import { type RequirementList, requirementLists } from "@countersign/engine/policy/lint/requirement-lists";
import { deadScope } from "@countersign/engine/policy/lint/scope-spelling";
import type { Policy, Requirement } from "@countersign/engine/policy/policy";
import { digestOf } from "@countersign/engine/values/digest";
import { type ImageReference, repositoryName } from "@countersign/engine/values/image-reference";
import type { JsonDocument } from "@countersign/engine/values/json-document";
import {
  type RegistriesD,
  type SignatureStorage,
  storageFor,
} from "@countersign/sources/containers-config/registries-d";

/** Where signatures are looked for, and from where images may really come. */
export interface RegistriesSetup {
  readonly registriesD: RegistriesD;
  /** names of registries and repositories whose images may come from elsewhere */
  readonly redirected: readonly string[];
  /** the names that an image has where it may be read from */
  physicalNames(image: ImageReference): Promise<readonly ImageReference[]>;
  /** the directory to write into, for remedies */
  readonly directory: string;
}

/**
 * Finds requirements whose signatures are not looked for where they are kept. registries.d is asked by the name an image
 * has where it is read, so a mirror needs a section of its own.
 */
export async function signaturePlaceHints(
  policy: Policy,
  document: JsonDocument,
  setup: RegistriesSetup,
): Promise<readonly Hint[]> {
  return [
    ...(await hintsFor(policy, document, setup, attachments)),
    ...(await hintsFor(policy, document, setup, lookaside)),
  ];
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

async function hintsFor(
  policy: Policy,
  document: JsonDocument,
  setup: RegistriesSetup,
  keeping: Keeping,
): Promise<readonly Hint[]> {
  const lists = requirementLists(policy, document).filter((list) => asksFor(list, keeping));
  const [first] = lists;
  if (first === undefined) return [];
  const { code } = keeping;
  const { defaultDocker, docker } = setup.registriesD;
  if (![defaultDocker, ...docker.values()].some((section) => section && keeping.isSet(section))) {
    const message = keeping.message("any image");
    return [{ code, path: first.path, message, remedy: remedy(setup, "", keeping) }];
  }
  const redirected = Map.groupBy(setup.redirected, (name) => holdingFor(policy, "docker", name).requirements);
  const hints: Hint[] = [];
  for (const { path, scope, requirements } of lists) {
    const names = [withoutTag(scope), ...(redirected.get(requirements) ?? [])];
    for (const place of await placesOf(names, setup)) {
      if (isCovered(place, setup, keeping)) continue;
      const { logical, prefix } = place;
      const images = prefix === logical ? nameOf(prefix) : `images of ${logical} that come from ${prefix}`;
      hints.push({ code, path, message: keeping.message(images), remedy: remedy(setup, prefix, keeping) });
    }
  }
  return hints;
}

/** Whether the signature is really asked for: beside `reject` it does not matter. */
function asksFor({ transport, scope, requirements }: RequirementList, { requirement }: Keeping): boolean {
  const isRegistrys = transport === undefined || (transport === "docker" && deadScope(scope) === undefined);
  const isHopeless = requirements.some(({ type }) => type === "reject" || type === "signedBaseLayer");
  return (
    isRegistrys &&
    !isHopeless &&
    requirements.flatMap(leafRequirements).some(({ type }) => type === requirement)
  );
}

/** A name below which images are read. */
interface Place {
  /** as pods write it; `""` everywhere */
  readonly logical: string;
  /** as registries.d is asked; `""` everywhere */
  readonly prefix: string;
  readonly probe: ImageReference;
}

/** Where images below these names are read, each place once. */
async function placesOf(names: readonly string[], setup: RegistriesSetup): Promise<readonly Place[]> {
  const places = new Map<string, Place>();
  for (const name of names) {
    for (const place of await readFrom(name, setup)) places.set(place.prefix, place);
  }
  return [...places.values()];
}

/** Names that nobody gives to anything. Two elements, as Docker Hub would put `library` before one. */
const probeHost = "lint-probe";
const probePath = "lint/probe";
const probeDigest = digestOf(new Uint8Array());

async function readFrom(name: string, setup: RegistriesSetup): Promise<readonly Place[]> {
  const [host = "", ...path] = name.split("/");
  const domain = host === "" ? `${probeHost}.invalid` : host.replace(/^\*(?=\.)/, probeHost);
  const parts = { domain, path: [...path, probePath].join("/") };
  const byTag = await physicalNames({ ...parts, tag: "latest", digest: undefined }, setup);
  const byDigest = await physicalNames({ ...parts, tag: undefined, digest: probeDigest }, setup);
  return [...byTag, ...byDigest].map((probe) => ({ logical: name, prefix: prefixOf(probe, name), probe }));
}

async function physicalNames(
  probe: ImageReference,
  setup: RegistriesSetup,
): Promise<readonly ImageReference[]> {
  try {
    return await setup.physicalNames(probe);
  } catch {
    return []; // a name that cannot be made there is told when an image is asked for
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
