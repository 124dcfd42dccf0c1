import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { passedDescriptors } from "./passed-descriptors.ts";

const none = { listen: undefined, notify: undefined };

describe("passedDescriptors finds", () => {
  const rows: readonly (readonly [
    what: string,
    environment: Readonly<Record<string, string>>,
    found: object,
  ])[] = [
    ["nothing where nothing was passed", {}, none],
    [
      "a socket under any name",
      { LISTEN_PID: "7", LISTEN_FDS: "1", LISTEN_FDNAMES: "cri" },
      { ...none, listen: 3 },
    ],
    ["a socket without a name", { LISTEN_PID: "7", LISTEN_FDS: "1" }, { ...none, listen: 3 }],
    [
      "the notification socket behind it",
      { LISTEN_PID: "7", LISTEN_FDS: "2", LISTEN_FDNAMES: "cri:notify" },
      { listen: 3, notify: 4 },
    ],
    [
      "the notification socket alone",
      { LISTEN_PID: "7", LISTEN_FDS: "1", LISTEN_FDNAMES: "notify" },
      { ...none, notify: 3 },
    ],
    ["nothing that is another process's", { LISTEN_PID: "8", LISTEN_FDS: "1" }, none],
    ["nothing in a number that is none", { LISTEN_PID: "7", LISTEN_FDS: "many" }, none],
  ];
  for (const [what, environment, found] of rows)
    it(what, () => assert.deepEqual(passedDescriptors(environment, 7), found));
});

describe("passedDescriptors refuses", () => {
  for (const [what, names] of [
    ["two sockets", "cri:other"],
    ["two to notify by", "notify:notify"],
  ] as const)
    it(what, () =>
      assert.throws(() => passedDescriptors({ LISTEN_PID: "7", LISTEN_FDS: "2", LISTEN_FDNAMES: names }, 7), {
        code: "CONFIG_INVALID",
      }),
    );
});
