import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goTypeFault } from "./go-struct.ts";
import { dockerListStruct, ociIndexStruct, ociManifestStruct } from "./oci-structs.ts";
import { parseJson } from "./strict-json.ts";

// Go's own words, as skopeo 1.22 printed them.
describe("goTypeFault", () => {
  const inField = (found: string, field: string, wanted: string) =>
    `json: cannot unmarshal ${found} into Go struct field ${field} of type ${wanted}`;
  const layers = "Descriptor.Manifest.layers";
  const rows: ReadonlyArray<readonly [text: string, fault: string | undefined]> = [
    ["{}", undefined],
    ["null", undefined],
    [`{"layers":null,"config":null,"unknown":[1,{}]}`, undefined],
    [`{"schemaVersion":2,"layers":[null,{"size":-1,"data":"eHl6","platform":null}]}`, undefined],
    [`{"layers":[{"data":[120,121]}]}`, undefined],
    ["[]", "json: cannot unmarshal array into Go value of type manifest.OCI1"],
    [`"x"`, "json: cannot unmarshal string into Go value of type manifest.OCI1"],
    [`{"schemaVersion":"2"}`, inField("string", "OCI1.Manifest.Versioned.schemaVersion", "int")],
    [`{"schemaVersion":2.5}`, inField("number 2.5", "OCI1.Manifest.Versioned.schemaVersion", "int")],
    [`{"mediaType":1}`, inField("number", "OCI1.Manifest.mediaType", "string")],
    [`{"config":[]}`, inField("array", "OCI1.Manifest.config", "v1.Descriptor")],
    [`{"layers":{}}`, inField("object", "OCI1.Manifest.layers", "[]v1.Descriptor")],
    [`{"layers":["x"]}`, inField("string", "OCI1.Manifest.layers", "v1.Descriptor")],
    [`{"LAYERS":[{"Digest":1}]}`, inField("number", `${layers}.digest`, "digest.Digest")],
    [`{"layers":[{"size":"1"}]}`, inField("string", `${layers}.size`, "int64")],
    [
      `{"layers":[{"size":9223372036854775808}]}`,
      inField("number 9223372036854775808", `${layers}.size`, "int64"),
    ],
    [`{"layers":[{"urls":"x"}]}`, inField("string", `${layers}.urls`, "[]string")],
    [`{"layers":[{"annotations":{"a":1}}]}`, inField("number", `${layers}.annotations`, "string")],
    [`{"layers":[{"platform":"x"}]}`, inField("string", `${layers}.platform`, "v1.Platform")],
    [`{"layers":[{"data":"*"}]}`, "illegal base64 data at input byte 0"],
    [`{"layers":[{"data":true}]}`, inField("bool", `${layers}.data`, "[]uint8")],
    [`{"subject":{"digest":1}}`, inField("number", "Descriptor.Manifest.subject.digest", "digest.Digest")],
    [`{"layers":[{"size":"1"}],"config":[]}`, inField("string", `${layers}.size`, "int64")],
  ];
  for (const [text, fault] of rows) {
    it(`${text}: ${fault ?? "none"}`, () =>
      assert.equal(goTypeFault(parseJson(text), ociManifestStruct), fault));
  }

  it("knows an index's and a list's own structs", () => {
    const text = parseJson(`{"manifests":[{"platform":{"os":1}}]}`);
    assert.equal(
      goTypeFault(text, ociIndexStruct),
      inField("number", "Platform.Index.manifests.platform.os", "string"),
    );
    assert.equal(
      goTypeFault(text, dockerListStruct),
      inField("number", "Schema2PlatformSpec.manifests.platform.os", "string"),
    );
  });
});
