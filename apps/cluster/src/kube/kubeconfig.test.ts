import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { inClusterAccess, rotatingToken } from "./in-cluster.ts";
import { kubeconfigAccess } from "./kubeconfig.ts";

let directory: string;
let now = 0;
const clock = { now: () => now };
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-access-"));
  now = 0;
});
afterEach(() => rm(directory, { recursive: true }));

const put = (name: string, content: string) => writeFile(join(directory, name), content);
const valid = {
  apiVersion: "v1",
  kind: "Config",
  "current-context": "here",
  contexts: [{ name: "here", context: { cluster: "c", user: "u" } }],
  clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443", "certificate-authority": "ca.crt" } }],
  users: [{ name: "u", user: { token: "secret" } }],
};

describe("kubeconfigAccess", () => {
  const access = async (config: object) => {
    await put("ca.crt", "CA");
    await put("config", JSON.stringify(config));
    return await kubeconfigAccess(join(directory, "config"), clock);
  };

  it("goes where the current context leads", async () => {
    const { url, ca, token } = await access(valid);
    assert.equal(url, "https://10.0.0.1:6443");
    assert.equal(String(ca), "CA");
    assert.equal(await token(), "secret");
  });

  it("is not there, and says what to name, not in Node's words", () =>
    assert.rejects(kubeconfigAccess("/nonexistent/config", { now: () => 0 }), {
      code: "CONFIG_INVALID",
      message:
        "--kubeconfig /nonexistent/config: no such file or directory; name the kubeconfig that kubectl uses, as $HOME/.kube/config",
    }));

  it("takes certificates from the file itself", async () => {
    const user = {
      "client-certificate-data": Buffer.from("CERT").toString("base64"),
      "client-key-data": Buffer.from("KEY").toString("base64"),
    };
    const { certificate } = await access({ ...valid, users: [{ name: "u", user }] });
    assert.equal(String(certificate?.certificate), "CERT");
    assert.equal(String(certificate?.key), "KEY");
  });

  const cluster = (more: object) => ({
    ...valid,
    clusters: [{ name: "c", cluster: { server: "https://a:1", ...more } }],
  });
  const user = (more: object) => ({ ...valid, users: [{ name: "u", user: more }] });
  const refused: readonly (readonly [why: string, config: object, message: RegExp])[] = [
    ["no current context", { ...valid, "current-context": "" }, /no current-context/],
    ["a context that is not there", { ...valid, "current-context": "x" }, /contexts has no "x"/],
    ["a cluster that is not there", { ...valid, clusters: [] }, /clusters has no "c"/],
    ["a server that is no URL", cluster({ server: "10.0.0.1" }), /is no URL/],
    ["a server that nobody verifies", cluster({ "insecure-skip-tls-verify": true }), /insecure-skip/],
    ["a program for credentials", user({ exec: { command: "aws" } }), /exec is not taken/],
    ["a certificate without its key", user({ "client-certificate-data": "QQ==" }), /needed together/],
    ["an authority that is not there", cluster({ "certificate-authority": "none" }), /none/],
  ];
  for (const [why, config, message] of refused) {
    it(`refuses ${why}, naming the file`, async () => {
      await assert.rejects(access(config), { code: "CONFIG_INVALID", message });
      await assert.rejects(access(config), { message: /--kubeconfig .*config: / });
    });
  }
});

describe("inClusterAccess", () => {
  it("goes by what the kubelet gave the pod", async () => {
    await put("ca.crt", "CA");
    await put("token", "one\n");
    const environment = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
    const { url, token } = await inClusterAccess(environment, clock, directory);
    assert.equal(url, "https://[fd00::1]:443");
    assert.equal(await token(), "one");
  });

  it("says what to do outside a cluster", () =>
    assert.rejects(inClusterAccess({}, clock, directory), {
      code: "CONFIG_INVALID",
      message: /--kubeconfig/,
    }));
});

describe("rotatingToken", () => {
  it("takes the new token within a minute, and serves on while there is none", async () => {
    await put("token", "one");
    const token = rotatingToken(join(directory, "token"), clock);
    assert.equal(await token(), "one");
    await put("token", "two");
    now = 59_000;
    assert.equal(await token(), "one");
    now = 61_000;
    assert.equal(await token(), "two");
    await rm(join(directory, "token"));
    now = 200_000;
    assert.equal(await token(), "two");
  });
});
