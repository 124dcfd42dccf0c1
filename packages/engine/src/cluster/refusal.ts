import { parseImageGlob } from "../policy/image-glob.ts";
import type { Json } from "../values/json.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import { isImageScope } from "./image-scope.ts";
import { openRule } from "./published-rule.ts";
import { readResourceHeader } from "./resource-header.ts";
import { resourceName } from "./resource-name.ts";

/**
 * The rule for a policy that cannot be compiled and never could: it refuses every image that the policy certainly is
 * about, for nobody is known who vouches for them. A typo in a key must not let in what the key was to keep out.
 * @returns undefined if the policy only warns, or does not say of any image that it is about it
 */
export function refusalOf(resource: Json): CompiledRule | undefined {
  const header = readResourceHeader(resource, "", () => {});
  if (header?.spec === undefined || textOf(member(header.spec, "mode")) === "warn") return undefined;
  const { identity, spec } = header;
  const images = identity.apiVersion.startsWith("config.openshift.io/")
    ? byScope(itemsOf(member(spec, "scopes")).map(textOf))
    : byGlob(itemsOf(member(spec, "images")).map((image) => textOf(member(image, "glob"))));
  if (images === undefined) return undefined;
  const rule = {
    name: resourceName(identity),
    ...(identity.namespace !== undefined && { tightens: true }),
    ...images,
  };
  const message =
    "it never was right, so that every image it is about is refused until it is mended; Compiled says what is wrong";
  return {
    identity,
    text: JSON.stringify(rule),
    shortcomings: [{ path: "", effect: "refuses", message }],
  };
}

/** Whether a published rule is a {@link refusalOf} a policy: no policy that is right is compiled to that. */
export function isRefusal({ text }: CompiledRule): boolean {
  return JSON.stringify(openRule(text).requirements) === JSON.stringify([reject]);
}

/** The images that a rule is about, as its policy says it: globs, or scopes. */
export function imagesOf({ text }: CompiledRule): readonly string[] {
  const opened = openRule(text);
  return opened.type === "globs" ? opened.globs : opened.scopes;
}

const reject = { type: "reject" };

function byGlob(globs: readonly (string | undefined)[]): object | undefined {
  const right = globs.filter((glob) => glob !== undefined && isGlob(glob));
  return right.length === 0 ? undefined : { globs: right, requirements: [reject] };
}

function byScope(scopes: readonly (string | undefined)[]): object | undefined {
  const right = scopes.filter((scope) => scope !== undefined && isImageScope(scope));
  if (right.length === 0) return undefined;
  return { transports: { docker: Object.fromEntries(right.map((scope) => [scope, [reject]])) } };
}

function isGlob(text: string): boolean {
  try {
    parseImageGlob(text);
    return true;
  } catch {
    return false;
  }
}

function member(json: Json, name: string): Json | undefined {
  return json.kind === "object" ? json.members.findLast(([each]) => each === name)?.[1] : undefined;
}

function itemsOf(json: Json | undefined): readonly Json[] {
  return json?.kind === "array" ? json.items : [];
}

function textOf(json: Json | undefined): string | undefined {
  return json?.kind === "string" ? json.value : undefined;
}
