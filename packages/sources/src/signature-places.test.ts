import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import type { RegistriesD } from "./containers-config/registries-d.ts";
import { userEnvironment } from "./environment.ts";
import { signaturePlaces, signatureStorageOf } from "./signature-places.ts";

const environment = userEnvironment({}, { home: "/home/me", uid: 1000 });
const image = parseImageReference("h.example/team/app:v1");
const manifest = digestOf(Buffer.from("manifest"));
const hex = manifest.slice("sha256:".length);
const config = (lookaside?: string, useSigstoreAttachments?: boolean): RegistriesD => ({
  defaultDocker: { lookaside, useSigstoreAttachments },
  docker: new Map(),
});
const places = (said: RegistriesD, lists = false, readsBundles = false) =>
  signaturePlaces(image, manifest, signatureStorageOf(said, image, environment), lists, readsBundles);

describe("signaturePlaces names", () => {
  const attachments = (searched: boolean) => ({
    kind: "attachments",
    location: `h.example/team/app:sha256-${hex}.sig`,
    searched,
  });
  const referrers = (searched: boolean) => ({
    kind: "referrers",
    location: `h.example/team/app@${manifest}`,
    searched,
  });

  it("the user's directory and the tag that is not looked at, where nothing is said", () =>
    assert.deepEqual(places(config()), [
      {
        kind: "lookaside",
        location: `/home/me/.local/share/containers/sigstore/team/app@sha256=${hex}`,
        searched: true,
      },
      attachments(false),
      referrers(false),
    ]));

  it("a lookaside by its address, without its password, and the tag that is looked at", () =>
    assert.deepEqual(places(config("https://u:secret@h/sigs", true)), [
      { kind: "lookaside", location: `https://u:xxxxx@h/sigs/team/app@sha256=${hex}`, searched: true },
      attachments(true),
      referrers(false),
    ]));

  it("the registry's list instead of the lookaside, where it has one", () =>
    assert.deepEqual(places(config("https://h/sigs"), true), [
      { kind: "registry list", location: `h.example/team/app@${manifest}`, searched: true },
      attachments(false),
      referrers(false),
    ]));

  it("what refers to the image as looked at, where the policy reads bundles", () =>
    assert.deepEqual(places(config("https://h/sigs"), false, true).at(-1), referrers(true)));
});
