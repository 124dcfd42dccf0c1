import { type CelInput, celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { parseJson } from "@countersign/engine/values/strict-json";
import { jsonToCel } from "@countersign/sources/policy-languages/json-to-cel";
import { Ajv } from "ajv";
import type { Definition } from "../crds/definitions.ts";
import type { Schema } from "../crds/schema.ts";

type Plain = Readonly<Record<string, unknown>>;

/**
 * What an API server would say of an object, as far as that is known here: of its structure by ajv, of its rules by
 * @bufbuild/cel. Members that are not known are faults, as for kubectl, which asks for that by itself.
 */
export function definitionFaults(definitions: readonly Definition[], resource: unknown): readonly string[] {
  const { apiVersion, kind, ...parts } = resource as Plain;
  const definition = definitions.find(
    ({ spec }) => spec.names.kind === kind && String(apiVersion).startsWith(`${spec.group}/`),
  );
  const version = definition?.spec.versions.find(
    ({ name }) => apiVersion === `${definition.spec.group}/${name}`,
  );
  if (version === undefined) return [`there is no ${String(apiVersion)} ${String(kind)}`];
  const { openAPIV3Schema: schema } = version.schema;
  const content = Object.fromEntries(Object.entries(parts).filter(([name]) => name !== "metadata"));
  const faults = structureFaults(schema, content);
  // rules are asked only once the structure is right
  return faults.length > 0 ? faults : ruleFaults(schema, content, "");
}

const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addFormat("byte", /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/);
for (const name of ["int32", "int64"]) ajv.addFormat(name, true);
const compiled = new WeakMap<Schema, ReturnType<typeof ajv.compile>>();

function structureFaults(schema: Schema, value: unknown): readonly string[] {
  const validate = compiled.get(schema) ?? ajv.compile(closed(schema));
  compiled.set(schema, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath
        .replaceAll(/\/(\d+)/g, "[$1]")
        .replaceAll("/", ".")
        .slice(1)}: ${message} ${JSON.stringify(params)}`,
  );
}

function closed(schema: Schema): object {
  const { properties, items } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, closed(each)])),
      additionalProperties: false,
    }),
    ...(items && { items: closed(items) }),
  };
}

const env = celEnv();
const programs = new Map<string, (bindings: Readonly<Record<string, CelInput>>) => unknown>();

/** Parses each rule once. */
function program(rule: string) {
  const known = programs.get(rule) ?? plan(env, parse(rule).expr);
  programs.set(rule, known);
  return known;
}

function ruleFaults(schema: Schema, value: unknown, path: string): readonly string[] {
  const own = (schema["x-kubernetes-validations"] ?? []).flatMap(({ rule, message }) => {
    const self = jsonToCel(parseJson(JSON.stringify(escaped(value))));
    const result = program(rule)({ self });
    if (isCelError(result)) return [`${path}: ${message}: ${result.message}`];
    return result === true ? [] : [`${path}: ${message}`];
  });
  const { properties = {}, items } = schema;
  const members = Object.entries((items === undefined ? value : {}) as Plain).flatMap(([name, member]) => {
    const inner = properties[name];
    return inner === undefined ? [] : ruleFaults(inner, member, path === "" ? name : `${path}.${name}`);
  });
  const elements = items === undefined ? [] : (value as readonly unknown[]);
  return [
    ...own,
    ...members,
    ...elements.flatMap((each, at) => (items ? ruleFaults(items, each, `${path}[${at}]`) : [])),
  ];
}

/** Members' names as rules spell them. Source: kubernetes.io, CRD validation rules, escaping of property names. */
function escaped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.replaceAll("-", "__dash__"), escaped(member)]),
  );
}
