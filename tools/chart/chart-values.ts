import { commonValues } from "./values/common-values.ts";
import { controllerValues } from "./values/controller-values.ts";
import { syncValues } from "./values/sync-values.ts";
import type { ValueSpec } from "./values/value-spec.ts";
import { webhookValues } from "./values/webhook-values.ts";

export const valueSpecs: readonly ValueSpec[] = [
  ...commonValues,
  ...controllerValues,
  ...webhookValues,
  ...syncValues,
];

export const writtenBy = "Written by tools/generate.ts from tools/chart: change that.";

/** What everything is unless an installation says otherwise. */
export function defaultValues(): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const { path, value } of valueSpecs) {
    const [first = "", second] = path.split(".");
    values[first] = second === undefined ? value : { ...(values[first] as object), [second]: value };
  }
  return values;
}

/** values.yaml, each value below its description. */
export function valuesText(): string {
  const lines = [`# ${writtenBy}`, ""];
  let section = "";
  for (const { path, description, value } of valueSpecs) {
    const [first = "", second] = path.split(".");
    const indent = second === undefined ? "" : "  ";
    if (second !== undefined && first !== section) lines.push(`${first}:`);
    section = second === undefined ? "" : first;
    lines.push(`${indent}# ${description}`, `${indent}${second ?? first}: ${JSON.stringify(value)}`);
  }
  return `${lines.join("\n")}\n`;
}

interface SectionSchema {
  readonly type: "object";
  readonly additionalProperties: false;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** values.schema.json, in the draft that every Helm 3 reads too. */
export function valuesSchema(): object {
  const properties: Record<string, unknown> = {
    global: { type: "object", description: "Helm's own; not looked at" },
  };
  for (const { path, description, schema } of valueSpecs) {
    const [first = "", second] = path.split(".");
    const described = { ...schema, description };
    const section = properties[first] as SectionSchema | undefined;
    properties[first] =
      second === undefined
        ? described
        : ({
            type: "object",
            additionalProperties: false,
            properties: { ...section?.properties, [second]: described },
          } satisfies SectionSchema);
  }
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    additionalProperties: false,
    properties,
  };
}

/** docs/reference/chart.md. */
export function valuesPage(): string {
  const rows = valueSpecs.map(
    ({ path, description, value }) => `| \`${path}\` | \`${JSON.stringify(value)}\` | ${description} |`,
  );
  return [
    "<!-- Written by tools/generate.ts from tools/chart: change that. -->",
    "",
    "# Values of the chart",
    "",
    "What an installation by [the chart](../guide/deploy.md) can choose. A value that is not known is refused,",
    "and so is an installation without `image`.",
    "",
    "| value | unless you say otherwise | |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
