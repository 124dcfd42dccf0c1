import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ConfiguredHost, noTlsFiles, unconfiguredHost } from "./configured-host.ts";
import { schemesOf, standsInFor, withRegistryItself } from "./registry-host.ts";
import { parseServerAddress } from "./server-address.ts";

const at = (address: string, rest: Partial<ConfiguredHost> = {}): ConfiguredHost => ({
  ...unconfiguredHost,
  address: parseServerAddress(address),
  ...rest,
});

describe("withRegistryItself finds the registry", () => {
  const rows: readonly (readonly [
    namespace: string,
    host: string,
    schemes: readonly string[],
    verified: boolean,
  ])[] = [
    ["docker.io", "registry-1.docker.io", ["https"], true],
    ["registry.example", "registry.example", ["https"], true],
    ["registry.example:5000", "registry.example:5000", ["https"], true],
    ["localhost", "localhost", ["https"], false],
    ["localhost:443", "localhost:443", ["https"], false],
    ["localhost:5000", "localhost:5000", ["https", "http"], false],
    ["localhost:80", "localhost:80", ["http"], true],
    ["127.0.0.1:5000", "127.0.0.1:5000", ["https", "http"], false],
    ["127.9.9.9", "127.9.9.9", ["https"], false],
    ["[::1]:5000", "[::1]:5000", ["https", "http"], false],
    ["[::1]", "[::1]", ["https"], true],
    ["10.0.0.1:5000", "10.0.0.1:5000", ["https"], true],
    ["localhost.example:5000", "localhost.example:5000", ["https"], true],
  ];
  for (const [namespace, host, schemes, verified] of rows) {
    it(`${namespace} at ${schemes.join(", then ")}://${host}`, () => {
      const [itself = unconfiguredHost] = withRegistryItself([unconfiguredHost], namespace);
      assert.deepEqual(
        [itself.address.host, schemesOf(itself), itself.tls.skipVerify !== true, itself.path],
        [host, schemes, verified, "/v2"],
      );
    });
  }

  it("with what is said of its connections, but whatever is said of its capabilities", () => {
    const tls = { ...noTlsFiles, authorities: ["/ca.pem"] };
    const said = { ...unconfiguredHost, capabilities: new Set(["push"] as const), tls, path: "/x" };
    assert.deepEqual(withRegistryItself([said], "r.example"), [
      at("https://r.example", { tls, path: "/v2" }),
    ]);
  });

  it("only in the last place", () => {
    const hosts = [at("https://"), at("https://m.example")];
    assert.deepEqual(withRegistryItself(hosts, "r.example"), hosts);
  });
});

describe("schemesOf", () => {
  const secure = { tls: { ...noTlsFiles, skipVerify: true } };
  const rows: readonly (readonly [
    what: string,
    host: ConfiguredHost,
    schemes: readonly string[] | undefined,
  ])[] = [
    ["takes HTTPS as it is", at("https://m.example"), ["https"]],
    ["takes HTTPS as it is, whatever else is said of TLS", at("https://m.example", secure), ["https"]],
    ["takes plain HTTP as it is", at("http://m.example:5000"), ["http"]],
    ["tries TLS first where something is said of it", at("http://m.example:5000", secure), ["https", "http"]],
    ["tries TLS first without a port, too", at("http://m.example", secure), ["https", "http"]],
    ["never tries TLS at port 80", at("http://m.example:80", secure), ["http"]],
    ["knows no other", at("httpx://m.example"), undefined],
    ["knows none for what looks like one", at("httpd.example"), undefined],
  ];
  for (const [what, host, schemes] of rows) it(what, () => assert.deepEqual(schemesOf(host), schemes));
});

describe("standsInFor", () => {
  const rows: readonly (readonly [host: string, namespace: string, stands: boolean])[] = [
    ["m.example", "docker.io", true],
    ["registry-1.docker.io", "docker.io", false],
    ["docker.io", "docker.io", false],
    ["index.docker.io", "docker.io", true],
    ["registry-1.docker.io", "quay.io", true],
    ["r.example:5000", "r.example:5000", false],
    ["r.example", "r.example:5000", true],
    ["R.example", "r.example", true],
  ];
  for (const [host, namespace, stands] of rows) {
    it(`says ${stands ? "yes" : "no"} of ${host} to ${namespace}`, () =>
      assert.equal(standsInFor(at(`https://${host}`), namespace), stands));
  }
});
