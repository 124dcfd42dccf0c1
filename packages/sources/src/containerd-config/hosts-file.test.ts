import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import fc from "fast-check";
import { type ConfiguredHost, noTlsFiles, unconfiguredHost } from "./configured-host.ts";
import { parseHostsFile } from "./hosts-file.ts";

const directory = "/etc/containerd/certs.d/hub.example";
const parse = (text: string): readonly ConfiguredHost[] => parseHostsFile(text, directory);

/** What a host is of which the file says nothing but its name. */
const plain = (host: string, rest: Partial<ConfiguredHost> = {}): ConfiguredHost => ({
  ...unconfiguredHost,
  address: { scheme: "https", host, path: "" },
  ...rest,
});

const itself = unconfiguredHost;

/** The only host of a file, as far as it differs from a plain one. */
function one(body: string): Partial<ConfiguredHost> | undefined {
  const [host] = parse(`[host."https://m.example"]\n${body}\n`);
  return host;
}

describe("parseHostsFile reads", () => {
  it("hosts in the file's order, then the server", () =>
    assert.deepEqual(
      parse('server = "https://up.example"\n[host."https://z.example"]\n[host."https://a.example"]\n'),
      [plain("z.example"), plain("a.example"), plain("up.example")],
    ));

  it("nothing as the registry itself", () => assert.deepEqual(parse("# nothing\n"), [itself]));

  it("a file without a server as one that ends at the registry itself", () =>
    assert.deepEqual(parse('[host."https://m.example"]\n'), [plain("m.example"), itself]));

  it("what is said above all hosts as said of the server", () => {
    const [server] = parse('server = "up.example"\nskip_verify = true\nca = "up.pem"\n[header]\nx-a = "1"\n');
    assert.deepEqual(
      server,
      plain("up.example", {
        tls: { ...noTlsFiles, skipVerify: true, authorities: [`${directory}/up.pem`] },
        headers: new Map([["x-a", ["1"]]]),
      }),
    );
  });

  it("a host of which only the header is given", () =>
    assert.deepEqual(parse('[host."https://m.example".header]\nx-a = ["1", "2"]\n'), [
      plain("m.example", { headers: new Map([["x-a", ["1", "2"]]]) }),
      itself,
    ]));

  const bodies: readonly (readonly [what: string, body: string, wanted: Partial<ConfiguredHost>])[] = [
    [
      "capabilities in any case",
      'capabilities = ["Pull", "resolve", "pull"]',
      { capabilities: new Set(["pull", "resolve"]) },
    ],
    ["no capabilities as all of them", "capabilities = []", {}],
    ["one CA", 'ca = "/etc/ca.pem"', { tls: { ...noTlsFiles, authorities: ["/etc/ca.pem"] } }],
    [
      "CAs beside the file",
      'ca = ["a.pem", "../b.pem"]',
      { tls: { ...noTlsFiles, authorities: [`${directory}/a.pem`, "/etc/containerd/certs.d/b.pem"] } },
    ],
    ["no CAs as something said", "ca = []", { tls: { ...noTlsFiles, authorities: [] } }],
    [
      "a client certificate with its key",
      'client = "me.pem"',
      {
        tls: {
          ...noTlsFiles,
          identities: [{ certificate: `${directory}/me.pem`, key: `${directory}/me.pem` }],
        },
      },
    ],
    [
      "client certificates, some with keys of their own",
      'client = [["/c.cert", "/c.key"], "/d.pem", ["/e.pem", ""]]',
      {
        tls: {
          ...noTlsFiles,
          identities: [
            { certificate: "/c.cert", key: "/c.key" },
            { certificate: "/d.pem", key: "/d.pem" },
            { certificate: "/e.pem", key: "/e.pem" },
          ],
        },
      },
    ],
    ["no client certificates as nothing said", "client = []", {}],
    ["that certificates count", "skip_verify = false", { tls: { ...noTlsFiles, skipVerify: false } }],
    ["that they do not", "skip_verify = true", { tls: { ...noTlsFiles, skipVerify: true } }],
    ["how long to wait", 'dial_timeout = "1.5s"', { dialTimeout: 1500 }],
    ["keys in another case", "Skip_Verify = true", { tls: { ...noTlsFiles, skipVerify: true } }],
    [
      "the last of several spellings",
      "skip_verify = false\nSKIP_VERIFY = true",
      {
        tls: { ...noTlsFiles, skipVerify: true },
      },
    ],
    ["past what it does not know", "later = 2026-01-01\nproxy = { url = 1 }", {}],
  ];
  for (const [what, body, wanted] of bodies) {
    it(what, () => assert.deepEqual(one(body), plain("m.example", wanted)));
  }

  const paths: readonly (readonly [address: string, overridden: boolean, path: string])[] = [
    ["https://m.example", false, "/v2"],
    ["https://m.example/", false, "/v2"],
    ["https://m.example/us", false, "/us/v2"],
    ["https://m.example/us/", false, "/us/v2"],
    ["https://m.example/v2", false, "/v2"],
    ["https://m.example/v2/", false, "/v2"],
    ["https://m.example/us/v2", false, "/us/v2"],
    ["https://m.example/v2/hub", false, "/v2/hub/v2"],
    ["https://m.example//us/../eu", false, "/eu/v2"],
    ["https://m.example/av2", false, "/av2/v2"],
    ["https://m.example/a%20b", false, "/a b/v2"],
    ["https://m.example", true, ""],
    ["https://m.example/", true, ""],
    ["https://m.example/v2/hub", true, "/v2/hub"],
    ["https://m.example/api/hub/", true, "/api/hub"],
  ];
  for (const [address, overridden, path] of paths) {
    it(`the path of ${address}${overridden ? " as it is" : ""}`, () => {
      const [host] = parse(`[host."${address}"]\noverride_path = ${overridden}\n`);
      assert.equal(host?.path, path);
    });
  }
});

describe("parseHostsFile takes a file for broken", () => {
  const rows: readonly (readonly [why: string, text: string, message: string | RegExp])[] = [
    ["that is no TOML", "server =\n", /^toml: line 1, column \d+: /],
    ["that is TOML of a later version", "header = { a = '1', }\n", /^toml: /],
    ["that says a thing twice", "server = 'a'\nserver = 'b'\n", /^toml: line 2, column 1: /],
    ["that says a host twice", "[host.a]\n[host.a]\n", /^toml: line 2, column \d+: /],
    ["with a server that is no text", "server = 1", 'server: "server" must be a text'],
    ["with a host that is no table", "host = 'a'", '"host" must be a table'],
    ["with hosts that are no tables", "[host]\na = 1", '"host" must hold tables, written [host."…"]'],
    ["with a list of hosts", "[[host]]\n", '"host" must be a table'],
    ["with lists of a host", "[[host.a]]\n", '"host" must hold tables, written [host."…"]'],
    [
      "with an unknown capability",
      '[host.a]\ncapabilities = ["pull", "fetch"]',
      'host "a": unknown capability "fetch"',
    ],
    [
      "with capabilities that are one text",
      '[host.a]\ncapabilities = "pull"',
      'host "a": "capabilities" must be an array of texts',
    ],
    ["with a CA that is no path", "[host.a]\nca = 1", 'host "a": "ca" must be a path or an array of paths'],
    [
      "with a CA in a list that is no path",
      "[host.a]\nca = ['a', 1]",
      'host "a": "ca" must be a path or an array of paths',
    ],
    ...["1", "[1]", "[['a']]", "[['a', 'b', 'c']]", "[['a', 1]]", "[[]]"].map(
      (client) =>
        [
          `with the client certificate ${client}`,
          `[host.a]\nclient = ${client}`,
          'host "a": "client" must be a path, an array of paths or an array of pairs of paths',
        ] as const,
    ),
    [
      "with a word for true",
      '[host.a]\nskip_verify = "yes"',
      'host "a": "skip_verify" must be true or false',
    ],
    ["with a number for true", "override_path = 1", 'server: "override_path" must be true or false'],
    ["with headers that are no table", "header = 'x'", 'server: "header" must be a table'],
    [
      "with a header that is a number, which is not repeated",
      "[host.a.header]\nx-secret = 12345678",
      'host "a": header "x-secret" must be a text or an array of texts',
    ],
    ["with a timeout without unit", 'dial_timeout = "1"', 'server: time: missing unit in duration "1"'],
    ["with a timeout that is a number", "dial_timeout = 1", 'server: "dial_timeout" must be a text'],
    [
      "with a port that is none",
      '[host."https://user:s3cret@m.example:http"]',
      'host "https://m.example:http": unable to parse server: invalid port after host',
    ],
  ];
  for (const [why, text, message] of rows) {
    it(why, () => assert.throws(() => parse(text), { code: "CONFIG_INVALID", message }));
  }
});

describe("parseHostsFile", () => {
  const name = fc.oneof(
    fc.constantFrom(
      "a",
      "10",
      "9",
      "0",
      "__proto__",
      "constructor",
      "https://m.example/x?y#z",
      "a]b",
      'a"b',
      "a.b",
    ),
    fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !/[\n\r]/.test(text)),
  );

  it("finds the hosts in their order whatever their names and whatever stands between them", () =>
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 6 }), (names) => {
        const filler = [
          'x = """\n[host.fake]\n"""',
          "x = '''\n[host.fake]'''",
          'x = [\n  ["host.fake"],\n  [1],\n]',
          "x = 1 # [host.fake]",
          '  # "',
        ];
        const text = names
          .map((host, index) => `[ host . ${JSON.stringify(host)} ] # ]\n${filler[index % filler.length]}\n`)
          .join("");
        const seen = (() => {
          try {
            return parse(text).map(({ address }) => address.host);
          } catch (error) {
            return CountersignError.from(error).code;
          }
        })();
        const wanted = (() => {
          try {
            return [...names.map((host) => parse(`[host.${JSON.stringify(host)}]`)[0]?.address.host), ""];
          } catch (error) {
            return CountersignError.from(error).code;
          }
        })();
        assert.deepEqual(seen, wanted);
      }),
    ));

  it("asks a host again that another one interrupts, as containerd does", () =>
    assert.deepEqual(
      parse("[host.a]\n[host.b]\n[host.a.header]\nx = '1'\n").map(({ address }) => address.host),
      ["a", "b", "a", ""],
    ));

  it("does not see hosts that are not written as tables of their own, as containerd does not", () =>
    assert.deepEqual(
      parse("host.a.override_path = true\n").map(({ address }) => address.host),
      [""],
    ));

  it("answers any text with hosts or with one kind of error", () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom(...'[]{}"\'=.#\n, host"a"1'.split(""))).map((all) => all.join("")),
        ),
        (text) => {
          try {
            assert.ok(parse(text).length >= 1);
          } catch (error) {
            assert.equal(CountersignError.from(error).code, "CONFIG_INVALID");
          }
        },
      ),
    ));
});
