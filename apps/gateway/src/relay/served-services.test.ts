import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isServed } from "./served-services.ts";

describe("isServed", () => {
  const paths: Readonly<Record<string, boolean>> = {
    "/runtime.v1.ImageService/PullImage": true,
    "/runtime.v1.RuntimeService/AMethodOfTomorrow": true,
    "/grpc.health.v1.Health/Check": true,
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": true,
    "/runtime.v1alpha2.ImageService/PullImage": false,
    "/runtime.v1alpha2.RuntimeService/Version": false,
    "/containerd.services.images.v1.Images/Create": false,
    "/containerd.services.transfer.v1.Transfer/Transfer": false,
    "//runtime.v1.ImageService/PullImage": false,
    "/RUNTIME.v1.ImageService/PullImage": false,
    "/": false,
  };
  for (const [path, expected] of Object.entries(paths))
    it(`${path}: ${expected}`, () => assert.equal(isServed(path), expected));
});
