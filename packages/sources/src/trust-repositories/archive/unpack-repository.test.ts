import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { tarOf } from "@countersign/testkit/registry/tar";
import { archiveOf } from "@countersign/testkit/trust-repository/archived-repository";
import { unpackRepository } from "./unpack-repository.ts";

const unpacked = (archive: Uint8Array) =>
  Object.fromEntries(
    [...unpackRepository(archive)].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]),
  );
const target = `targets/${"0123456789abcdef".repeat(8)}.trusted_root.json`;

describe("unpackRepository reads an archive", () => {
  const files = new Map([["1.root.json", Buffer.from("{}")]]);
  it("with and without the folder of policy-controller's tool", () => {
    assert.deepEqual(unpacked(archiveOf(files)), { "1.root.json": "{}" });
    assert.deepEqual(unpacked(archiveOf(files, "")), { "1.root.json": "{}" });
  });

  /** `repository/1.root.json` and a target whose name no header has room for, by tar 1.34 and Python 3.10. */
  const written: ReadonlyArray<readonly [by: string, base64: readonly string[]]> = [
    [
      "GNU tar, in its own format",
      [
        "H4sIAAAAAAACA+3WQQ6CMBQE0B6FE5SW/hbdeQDuYFCQoAk1pS6M8e6CGyNGiQtQyLxN28CGPxlSlx9tXXrrziEbimjEWt/X",
        "Rnd93UsZK2KBZiM41T51QcCctf7Te33PJ8o98m/mUOS+Dv8gf0VCI/8x8JCHq8RWRVJWhwH7b4je5h+R6fbftPknyP8X/Rcy",
        "UqRNvFimm22W78Y+c++aUPJs3Y6c72tbMZhy/n39F4Ke+x8ZUooFAv0fPv95fhZ833/JB/rh9vc/6t7/YpLo/xguV3QAAAAA",
        "AAAAAAAAAABgTm7UXEZOACgAAA==",
      ],
    ],
    [
      "GNU tar, in POSIX's",
      [
        "H4sIAAAAAAACA+2XS26DMBRFPWYVXgF5/odB5h12BxUNbptKKRG4Uqqqe6+hVZPSD0oERFHumYDxAJnHuc9OZ9f59srnha/q",
        "WeU3Zb0KZfXChoQiVuv2GuleSYjdfftcSOWI8S2bgOc65FV8PbtMhOLrsFr7BaUmUcTzdiBcZklZp3XqBM3t3CqRyIwvu7M2",
        "+5hNGDhLdsrPRntHI7Uz5k//f9wLJZVm3Ezpf1WW4d8P1TPfXdz51X+vEcRPcu9DfbL8j/Gvkf/IfzCh/5/SD98HDs9/7cgg",
        "/09U/70+0OzEtbFunuW3y8LfHTfuy/8YJd/rL43E/n+i/HeGb/LwsPjlRxim+seP01DF6vjipnEvfazLpwTtanz/By9rn/9E",
        "uuO/c0oxTsj/8evfsyxwMf7v9X2RfkXuSc5/WkmD/o/zH5jQ/2GlP8B/Itnx30gt0P+n4PUNDgAAAAAAAADAJfAOSGpuDAAo",
        "AAA=",
      ],
    ],
    [
      "GNU tar, from within",
      [
        "H4sIAAAAAAACA+3VSw6CMBgE4B6lJyh9V3cegDsYFCRqQhOoK+Pdre7EB27aKJlv85fQTTsZYAVJjkfOmPuMxvPF2lkjCTUk",
        "g9MQqp5S0nsfPu2bev+nWBGP3zZhKH4ofyGUVMg/T/6sWJW+a8t9d0yYv9X6bf5SmXH+lsf8S+Sfsf9cSKWNdYtltdnWzS73",
        "Mwt9zKKp17ebZofBdwRmkf9U/znXj/2XRnFLKEf/k5vpseDr/guW+oM73X/59P83Dv3P4XxBBwAAAAAAAAAAAAAAAObkChNX",
        "JkYAKAAA",
      ],
    ],
    [
      "Python",
      [
        "H4sIAAAAAAACA+2X30rDMBSHc72n6BOkycm/9mLgpZd7A6k26oQtI81gQ3x3UwTF4TaEteL6+26aphchPfy+w+ElL28Wze7W",
        "N62PbBDEB8eeQij9te73pSBJrNixEdh2qYn5eDZNqCpWabnyc+lqK5R1WnNbi8pWdsbA1RP9JnTLFOK+HOyMPtTOmOP5z2tp",
        "lFBkNEmZ80+CHCvMmPmPIaSTP+rM938Kh//hf/gf/t+XkveO4y9dWF8+/1brE/6nA//rXgmFGDP/E/X/6xsyMGXQ/9H/0f/R",
        "/3P/zzl48qkrB8n/7+Y/ZfIW5r+J+F9JBf//EdKZYtOk5/kPIhCSlDbWVXVz/9D6x7HfeYq5Or69+5xLZmhXw/v/4mU9P//p",
        "7/4na8hi/hul/td5LQAAAAAAAAAAB7wD0TGpawAoAAA=",
      ],
    ],
  ];
  for (const [by, base64] of written) {
    it(`that ${by} wrote`, () => {
      const archive = Buffer.from(base64.join(""), "base64");
      assert.deepEqual(unpacked(archive), { "1.root.json": "{}", [target]: "root" });
    });
  }
});

describe("unpackRepository refuses", () => {
  const small = gzipSync(tarOf({ "1.root.json": "{}" }));
  const refused: ReadonlyArray<readonly [why: string, archive: Uint8Array, message: RegExp]> = [
    ["no bytes", Buffer.alloc(0), /cut off|not compressed/],
    ["an archive that is not compressed", tarOf({ a: "x" }), /it is not compressed by gzip/],
    ["one that is cut off", small.subarray(0, -20), /it is cut off/],
    ["one with other bits", Buffer.from(small.map((byte, at) => (at === 40 ? byte ^ 1 : byte))), /damaged/],
    [
      "one that unpacks to a hundred megabytes",
      gzipSync(Buffer.alloc(100 * 1024 * 1024)),
      /more than the 4194304 bytes/,
    ],
    ["one that is large as it is", Buffer.alloc(1536 * 1024 + 1), /has 1572865 bytes, more than the 1572864/],
    ["what is no archive, compressed", gzipSync("hello"), /it is cut off/],
    [
      "a file twice, within the folder and beside it",
      gzipSync(tarOf({ "repository/timestamp.json": "a", "timestamp.json": "b" })),
      /"timestamp.json" is in it with and without repository\//,
    ],
  ];
  for (const [why, archive, message] of refused) {
    it(why, () =>
      assert.throws(() => unpackRepository(archive), { code: "TRUST_REPOSITORY_UNUSABLE", message }),
    );
  }
});
