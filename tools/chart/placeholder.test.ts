import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { yamlFile } from "../yaml-file.ts";
import { chartFill, type Fill, isTruth, plainFill, templateText } from "./placeholder.ts";
import { renderTemplate } from "./render.ts";

/** One object with every form in it, in places where forms may stand. */
const written = (fill: Fill): object => ({
  kind: "Sample",
  scalar: fill.value("one"),
  namespace: fill.namespace,
  ...fill.members("two", {
    first: fill.value("two"),
    nested: { list: ["a", ...fill.items("three", ["b"])] },
  }),
  list: ["begin", ...fill.each("many"), ...fill.items("one", ["--flag", fill.value("one")]), "end"],
  deep: {
    list: [{ name: "x", value: fill.value("section.word") }],
    ...fill.members("section.word", { also: 1 }),
  },
});

const chosen = (values: object, namespace: string) => {
  const template = templateText(yamlFile("tools/chart", [written(chartFill)]));
  return parse(renderTemplate(template, { Values: values, Release: { Namespace: namespace } }));
};

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const value = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.array(text, { maxLength: 2 }),
  fc.dictionary(text, text, { maxKeys: 2 }),
);
const choices = fc.record({
  one: value,
  two: value,
  three: value,
  many: fc.array(value, { maxLength: 3 }),
  section: fc.record({ word: value }),
});

describe("the templates of the chart", () => {
  it("say of any choice what the plain manifests would say of it", () => {
    fc.assert(
      fc.property(choices, text, (values, namespace) => {
        assert.deepEqual(chosen(values, namespace), plain(written(plainFill(values, namespace))));
      }),
    );
  });

  it("have nothing left of the marks", () => {
    const template = templateText(yamlFile("tools/chart", [written(chartFill)]));
    assert.doesNotMatch(template, /[\u2983\u2984]/);
    assert.doesNotMatch(template, /null/);
  });
});

/** Without what only JavaScript tells apart: prototypes and minus zero. */
const plain = (object: object) => JSON.parse(JSON.stringify(object));

describe("isTruth takes for true", () => {
  for (const value of ["a", 1, true, [0], { a: 0 }])
    it(JSON.stringify(value), () => assert.ok(isTruth(value)));
});

describe("isTruth takes for false, as Go does", () => {
  for (const value of ["", 0, false, null, undefined, [], {}])
    it(String(JSON.stringify(value)), () => assert.ok(!isTruth(value)));
});
