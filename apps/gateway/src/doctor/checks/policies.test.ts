import { tellsOf } from "../../testing/changed-node.ts";
import { plantedProcess } from "../../testing/planted-node.ts";

tellsOf([
  [
    "no policy",
    { tree: { "/etc/containers/policy.json": undefined } },
    "problem policies",
    /^There is no .*policy\.json/,
  ],
  [
    "a policy that does not parse",
    { tree: { "/etc/countersign/policies/shop.json": '{"default":[],"x":1}' } },
    "problem policies",
    /shop\.json is not a valid policy: .*and 1 more\.$/,
  ],
  [
    "a policy whose key is not there",
    {
      tree: {
        "/etc/containers/policy.json":
          '{"default":[{"type":"sigstoreSigned","keyPath":"/etc/keys/a.pub","signedIdentity":{"type":"matchRepository"}}]}',
      },
    },
    "problem policies",
    /policy\.json: open \/etc\/keys\/a\.pub: no such file or directory\.$/,
  ],
  [
    "a policy whose key may not be seen",
    {
      tree: {
        "/etc/containers/policy.json":
          '{"default":[{"type":"sigstoreSigned","keyPath":"/etc/keys/a.pub","signedIdentity":{"type":"matchRepository"}}]}',
        "/etc/keys/a.pub": { barred: true },
      },
    },
    "unknown policies",
    /^\/etc\/keys\/a\.pub: permission denied\.$/,
  ],
  [
    "a policy that anybody may write",
    { tree: { "/etc/containers/policy.json": { text: '{"default":[{"type":"reject"}]}', mode: 0o666 } } },
    "problem policies",
    /^Everybody on the node may write \/etc\/containers\/policy\.json/,
  ],
  [
    "a directory of policies that anybody may write",
    { tree: { "/etc/countersign/policies": { kind: "directory", mode: 0o777 } } },
    "problem policies",
    /may write \/etc\/countersign\/policies\.$/,
  ],
  [
    "a directory of policies that is away",
    { tree: { "/etc/countersign/policies": undefined } },
    "problem policies",
    /^There is no \/etc\/countersign\/policies/,
  ],
  [
    "a policy for no namespace",
    { tree: { "/etc/countersign/policies/Shop.json": '{"default":[{"type":"reject"}]}' } },
    "warning policies",
    /Shop\.json is never read/,
  ],
  [
    "a policy with something in it that is hardly meant",
    { tree: { "/etc/containers/policy.json": '{"default":[{"type":"insecureAcceptAnything"}]}' } },
    "warning policies",
    /hold 1 thing that/,
  ],
  [
    "evidence that others can remove",
    { tree: { "/var/lib/countersign/evidence": { kind: "directory", mode: 0o777 } } },
    "warning evidence",
    /^Others than root can write/,
  ],
  [
    "evidence on a disk that is read-only",
    { readOnly: ["/var/lib/countersign/evidence"] },
    "problem evidence",
    /mounted read-only/,
  ],
  ["a clock that was never set", { now: 0 }, "problem clock", /^The clock says 1970-01-01 00:00 UTC/],
  ["a clock that nobody keeps", { tree: { "/proc/300": undefined } }, "warning clock", /^No program is seen/],
  [
    "a clock that timesyncd has not set yet",
    { tree: plantedProcess(300, "systemd-timesyncd", ["/lib/systemd/systemd-timesyncd"]) },
    "warning clock",
    /has not set the clock yet/,
  ],
]);
