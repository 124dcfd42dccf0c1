import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { parseYaml } from "@countersign/sources/containers-config/parse-yaml";
import { joinRegistriesD, storageFor } from "@countersign/sources/containers-config/registries-d";
import { readSignatureStorage } from "@countersign/sources/containers-config/signature-storage";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";
import { mutateRegistriesD, registriesDSeeds } from "./registries-d-words.ts";
import { openRegistriesDReader } from "./skopeo-registries-d.ts";

/**
 * A registries.d file, and what skopeo makes of it: it takes what we take, and reads the same address of a lookaside
 * there. What we refuse it may take: see the decision about differences from the reference.
 */
export async function openTarget(): Promise<Target> {
  const skopeo = await openRegistriesDReader();
  return {
    seeds: registriesDSeeds,
    mutate: mutateRegistriesD,
    async check(input) {
      if (!isUtf8(input)) return "no UTF-8";
      const text = Buffer.from(input).toString();
      const file = reading(["CONFIG_INVALID"], () => ({
        path: "file",
        ...readSignatureStorage(parseYaml(text)),
      }));
      // a process takes ten times what we do, and what we refuse is no danger
      if (file.type === "refused") return file.outcome;
      const { lookaside } = storageFor(joinRegistriesD([file.value]), skopeoAsksFor);
      const theirs = await skopeo.read(input);
      assert.equal(theirs.fault, undefined);
      assert.equal(theirs.lookaside ?? "", (lookaside ?? "").toWellFormed());
      return `accepted ${lookaside === undefined}`;
    },
    close: () => skopeo.close(),
  };
}

const skopeoAsksFor = parseImageReference("127.0.0.1:1/team/app:latest");
