import { readPolicyStrictly } from "@countersign/cluster/webhook/policies/policy-faults";
import type { CompiledResource } from "@countersign/engine/cluster/compile-cluster";
import { policyKinds } from "@countersign/engine/cluster/parse-resource";
import type { ResourceIdentity } from "@countersign/engine/cluster/policy-resource";
import { resourceName } from "@countersign/engine/cluster/resource-name";
import type { PolicyLanguages } from "@countersign/engine/policy/extension/policy-languages";
import { CountersignError } from "@countersign/engine/values/error";
import { readYamlDocuments, YamlInvalid } from "@countersign/sources/files/yaml-document";
import { plain } from "../render/policy-show-json.ts";
import { namesOf } from "./json-members.ts";
import { type ReferredObject, readReferred, referredKinds } from "./referred-object.ts";
import { type PlacedResource, type ResourceFault, resourcesIn } from "./resource-fault.ts";
import type { ResourceText } from "./resource-files.ts";

/** What files say: policies, and the objects that policies refer to. */
export interface ReadResources {
  readonly policies: readonly PlacedPolicy[];
  /** Secrets, ConfigMaps, TrustRoots and Namespaces, as an API server would have them */
  readonly objects: readonly ReferredObject[];
  /** how many objects of kinds that concern nobody here: `apps/v1 Deployment` → 3 */
  readonly passedOver: ReadonlyMap<string, number>;
  readonly faults: readonly ResourceFault[];
}

/** A policy, and how to say where in its file something is. */
export interface PlacedPolicy {
  readonly resource: CompiledResource;
  readonly faultAt: PlacedResource["faultAt"];
}

/** Reads YAML or JSON texts of Kubernetes objects. Every fault of every text is told. */
export function readResources(texts: readonly ResourceText[], languages: PolicyLanguages): ReadResources {
  const policies: PlacedPolicy[] = [];
  const objects: ReferredObject[] = [];
  const faults: ResourceFault[] = [];
  const passedOver = new Map<string, number>();
  const seen = new Map<string, ResourceFault>();
  for (const placed of texts.flatMap((text) => resourcesOf(text, faults))) {
    const { root, kind, faultAt } = placed;
    if (referredKinds.has(kind)) {
      const read = readReferred(placed);
      if (isFaults(read)) faults.push(...read);
      else objects.push(read);
      continue;
    }
    if (!mayBePolicy(kind)) {
      passedOver.set(kind, (passedOver.get(kind) ?? 0) + 1);
      continue;
    }
    const joined = joinedObjects(placed);
    if (joined !== undefined) {
      faults.push(joined);
      continue;
    }
    const reading = readPolicyStrictly(root, languages);
    faults.push(...reading.faults.map(({ path, message }) => faultAt(path, message)));
    const { resource } = reading;
    if (resource === undefined) continue;
    const here = faultAt("metadata.name", "");
    const before = seen.get(keyOf(resource.identity));
    if (before !== undefined) faults.push({ ...here, message: twice(resource.identity, before) });
    seen.set(keyOf(resource.identity), here);
    if (resource.type === "trustRoot") objects.push(plain(root) as ReferredObject);
    else policies.push({ resource, faultAt });
  }
  return { policies, objects, passedOver, faults };
}

function resourcesOf({ name, text }: ResourceText, faults: ResourceFault[]): readonly PlacedResource[] {
  try {
    // a document with nothing but a comment, as charts render to, is no object
    return readYamlDocuments(text).flatMap((document, at) =>
      document.root.kind === "null" ? [] : resourcesIn(document, name, at + 1),
    );
  } catch (caught) {
    const { place, why } =
      caught instanceof YamlInvalid
        ? caught
        : { place: undefined, why: CountersignError.from(caught).message };
    faults.push({ file: name, document: 0, resource: "", place, path: "", message: why });
    return [];
  }
}

/** Two objects with no `---` between them are one with everything twice, of which only the last could be named. */
function joinedObjects({ root, faultAt }: PlacedResource): ResourceFault | undefined {
  const count = Math.min(
    ...["apiVersion", "kind"].map((name) => namesOf(root).filter((one) => one === name).length),
  );
  if (count < 2) return undefined;
  return faultAt(
    "apiVersion",
    `another object begins here, the last of ${count} that run into one another: put a line with --- between them`,
  );
}

function isFaults(read: ReferredObject | readonly ResourceFault[]): read is readonly ResourceFault[] {
  return Array.isArray(read);
}

const policyKindNames = new Set([...policyKinds.keys()].map((kind) => kind.split(" ")[1] ?? ""));

/**
 * A render of a chart has a hundred objects that are no policies. What has a policy's group or kind, and is none in the
 * end, is a typo: passed over, it would let in what it was written to refuse. So is what says no kind at all.
 */
function mayBePolicy(text: string): boolean {
  const [apiVersion = "", kind = ""] = text.split(" ");
  if (apiVersion === "" || kind === "" || policyKindNames.has(kind)) return true;
  return /^policy\.(sigstore|countersign)\.dev(\/|$)/.test(apiVersion);
}

/** Two versions of one group are the same object to an API server. */
function keyOf({ apiVersion, kind, namespace = "", name }: ResourceIdentity): string {
  return JSON.stringify([apiVersion.split("/", 1), kind, namespace, name]);
}

function twice(identity: ResourceIdentity, { file, place }: ResourceFault): string {
  const where = place === undefined ? file : `${file}:${place.line}`;
  return `there is another ${resourceName(identity)} in ${where}: of two an API server keeps one; rename or remove one`;
}
