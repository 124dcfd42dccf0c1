import assert from "node:assert/strict";
import { parseHostsFile } from "@countersign/sources/containerd-config/hosts-file";
import { mutateText } from "../mutate/text.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/** containerd's hosts.toml. Read, there is a server at the end, and no path leads anywhere but where it says. */
export function openTarget(): Target {
  return { seeds: files.map((file) => Buffer.from(file)), mutate, check };
}

const files = [
  `server = "https://registry.example"
[host."https://mirror.example:5000/x"]
  capabilities = ["pull", "resolve"]
  ca = ["/etc/a.pem", "b.pem"]
  client = [["/c.pem", "/k.pem"], ["d.pem", ""]]
  skip_verify = true
  override_path = true
  dial_timeout = "1m30s"
  [host."https://mirror.example:5000/x".header]
    x-custom = ["a", "b"]
    Authorization = "Basic secret"
[host."http://10.0.0.1"]
`,
  `ca = "a.pem"\nclient = "both.pem"\n[host]\n[host.a]\n[host."b"] # c\n[host.a.header]\n`,
  `# nothing\n`,
];

const mutate = mutateText([
  ...([
    "[host.",
    "]\n",
    '[host."https://x.example"]\n',
    "[host]\n",
    "[[host]]\n",
    "server = ",
    "capabilities = ",
  ] as const),
  ...[
    "ca = ",
    "client = ",
    "skip_verify = ",
    "override_path = ",
    'dial_timeout = "1h"\n',
    "header = {}\n",
    '"""',
    "'''",
  ],
  ...[
    '"',
    "'",
    "\\",
    "#",
    "[",
    "]",
    "{",
    "}",
    ",",
    ".",
    "=",
    "\n",
    "\r\n",
    "push",
    "PULL",
    "https://",
    "u:p@",
    "[::1]",
  ],
  ...["%zz", "-1", "1e9", "9h", "µs", "\u0000", "é", "__proto__", "\ufeff", "1979-05-27", "inf", "secret"],
]);

function check(input: Uint8Array): string {
  const read = reading(["CONFIG_INVALID"], () =>
    parseHostsFile(Buffer.from(input).toString(), "/etc/hosts.d"),
  );
  if (read.type === "refused") return read.outcome;
  assert.ok(read.value.length > 0, "there is no server");
  const outcomes = read.value
    .slice(0, 4)
    .map(({ address, path, capabilities, tls, headers, dialTimeout }) => {
      assert.ok(path === "" || path.startsWith("/"));
      for (const file of [...(tls.authorities ?? []), ...(tls.identities ?? []).flatMap(Object.values)]) {
        assert.ok(String(file).startsWith("/"), `a relative path: ${file}`);
      }
      assert.ok(dialTimeout === undefined || Number.isFinite(dialTimeout));
      const said = [tls.authorities, tls.identities, tls.skipVerify]
        .map((part) => (part === undefined ? 0 : 1))
        .join("");
      return `${address.scheme.slice(0, 5)} ${capabilities.size} ${said} ${Math.min(headers.size, 2)}`;
    });
  return `accepted ${[...new Set(outcomes)].sort().join("; ")}`;
}
