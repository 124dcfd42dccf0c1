import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { it } from "node:test";
import { parse } from "yaml";

const rules = readFileSync("deploy/prometheus/rules.yaml", "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string };
}

it("alerts ask for metrics that the programs give, and say what happened", () => {
  const given = globSync("{apps,packages}/*/src/**/*.ts").map((file) => readFileSync(file, "utf8"));
  const names = new Set(given.flatMap((text) => text.match(/countersign_[a-z_]+/g) ?? []));
  const { groups } = parse(rules) as { readonly groups: ReadonlyArray<{ readonly rules: readonly Rule[] }> };
  const alerts = groups.flatMap((group) => group.rules);
  assert.ok(alerts.length > 10);
  for (const { alert, expr, annotations } of alerts) {
    for (const name of expr.match(/countersign_[a-z_]+/g) ?? [])
      assert.ok(names.has(name) || names.has(name.replace(/_(bucket|count|sum)$/, "")), `${alert}: ${name}`);
    assert.match(annotations.summary, /\.$/, alert);
  }
});
