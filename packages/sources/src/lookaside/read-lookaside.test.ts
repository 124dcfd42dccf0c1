import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import type { UnverifiedSignature } from "@countersign/engine/verify/ports";
import { type Lookaside, signatureFile, startLookaside } from "@countersign/testkit/lookaside/lookaside";
import { bareMachine } from "@countersign/testkit/registry/bare-machine";
import {
  answers,
  breaksOff,
  claimsLength,
  drips,
  type Fault,
  hangs,
  neverEnds,
  redirects,
  resets,
  stalls,
} from "@countersign/testkit/registry/faults";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { tlsAuthority } from "@countersign/testkit/registry/tls-certificates";
import { noCertificates } from "../containers-config/certs-d.ts";
import { type ConnectionTerms, openConnections } from "../registry/connections.ts";
import { httpClient } from "../registry/http-client.ts";
import { lookasideBase } from "./lookaside-base.ts";
import { readLookaside } from "./read-lookaside.ts";

const manifest = digestOf(Buffer.from("manifest"));
const trustNobody: ConnectionTerms = { certificates: noCertificates, skipVerify: false };
const neverAborted = new AbortController().signal;

/** What is found below an address, over connections of its own. */
async function readAt(
  address: string,
  { timing = manualTiming(), trust = trustNobody, signal = neverAborted }: Partial<Asking> = {},
): Promise<readonly UnverifiedSignature[]> {
  const connections = openConnections(bareMachine);
  const base = lookasideBase(address, "team/app", bareMachine);
  try {
    return await readLookaside(base, manifest, httpClient(connections, trust, timing), signal);
  } finally {
    await connections.close();
  }
}

interface Asking {
  readonly timing: ManualTiming;
  readonly trust: ConnectionTerms;
  readonly signal: AbortSignal;
}

/** A blob that its last byte tells apart. */
const blob = (number: number): Uint8Array => Uint8Array.of(0x90, number);
const blobs = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, index) => blob(index + 1));

function numbersOf(signatures: readonly UnverifiedSignature[]): readonly (number | undefined)[] {
  return signatures.map((signature) =>
    signature.type === "simpleSigning" ? signature.bytes.at(-1) : undefined,
  );
}

/** Writes `signature-1` and so on; gives the directory's address. */
function inFiles(root: TemporaryRoot, contents: readonly Uint8Array[]): string {
  for (const [index, content] of contents.entries())
    root.write(`sigs/${signatureFile("team/app", manifest, index + 1)}`, content);
  return `file://${root.path}/sigs`;
}

const signaturesIn = (root: TemporaryRoot, name: string): string =>
  join(root.path, "sigs", signatureFile("team/app", manifest, 1), "..", name);

async function onServer<T>(
  contents: readonly Uint8Array[],
  use: (lookaside: Lookaside) => Promise<T>,
): Promise<T> {
  await using lookaside = await startLookaside();
  lookaside.put("team/app", manifest, contents);
  return await use(lookaside);
}

describe("readLookaside reads files", () => {
  it("in their order, each with its path", async () => {
    using root = temporaryRoot();
    const found = await readAt(inFiles(root, blobs(3)));
    assert.deepEqual(numbersOf(found), [1, 2, 3]);
    assert.equal(found[1]?.location, `${root.path}/sigs/${signatureFile("team/app", manifest, 2)}`);
  });

  it("to the first that is missing", async () => {
    using root = temporaryRoot();
    const address = inFiles(root, blobs(1));
    root.write(`sigs/${signatureFile("team/app", manifest, 3)}`, blob(3));
    assert.deepEqual(numbersOf(await readAt(address)), [1]);
  });

  it("none where there is no directory", async () => {
    using root = temporaryRoot();
    assert.deepEqual(await readAt(`file://${root.path}/none`), []);
  });

  it("none of another manifest, name or algorithm", async () => {
    using root = temporaryRoot();
    const address = inFiles(root, []);
    root.write(`sigs/${signatureFile("team/app", digestOf(Buffer.from("other")), 1)}`, blob(1));
    root.write(`sigs/${signatureFile("team/other", manifest, 1)}`, blob(1));
    root.write(`sigs/team/app@${manifest}/signature-1`, blob(1));
    assert.deepEqual(await readAt(address), []);
  });

  it("of up to 127 signatures", async () => {
    using root = temporaryRoot();
    assert.equal((await readAt(inFiles(root, blobs(127)))).length, 127);
  });
});

describe("readLookaside reads from a server", () => {
  it("in their order, each with its address, and says who it is and nothing more", () =>
    onServer(blobs(2), async (lookaside) => {
      const found = await readAt(lookaside.base);
      assert.deepEqual(numbersOf(found), [1, 2]);
      assert.equal(found[0]?.location, `${lookaside.base}/${signatureFile("team/app", manifest, 1)}`);
      const paths = [1, 2, 3].map((number) => `/sigs/${signatureFile("team/app", manifest, number)}`);
      assert.deepEqual(
        lookaside.requests.map(({ path }) => path),
        paths,
      );
      assert.deepEqual(lookaside.requests[0]?.headers["authorization"], undefined);
      assert.deepEqual(lookaside.requests[0]?.headers["user-agent"], "countersign");
    }));

  it("with the name and password of its address, which it does not tell", () =>
    onServer(blobs(1), async (lookaside) => {
      const [found] = await readAt(lookaside.base.replace("//", "//us%20er:sec%3Aret@"));
      const basic = `Basic ${Buffer.from("us er:sec:ret").toString("base64")}`;
      assert.equal(lookaside.requests[0]?.headers["authorization"], basic);
      assert.match(found?.location ?? "", /^http:\/\/us%20er:xxxxx@127/);
    }));

  it("with the query of its address", () =>
    onServer(blobs(1), async (lookaside) => {
      assert.equal((await readAt(`${lookaside.base}?a=b`)).length, 1);
      assert.match(lookaside.requests[0]?.path ?? "", /\/signature-1\?a=b$/);
    }));

  it("where it is sent to, and takes no password there", () =>
    onServer(blobs(1), (elsewhere) =>
      onServer([], async (lookaside) => {
        const path = `/sigs/${signatureFile("team/app", manifest, 1)}`;
        lookaside.fail(/signature-1$/, redirects(`http://${elsewhere.address}${path}`));
        const found = await readAt(lookaside.base.replace("//", "//user:secret@"));
        assert.deepEqual(numbersOf(found), [1]);
        assert.equal(elsewhere.requests[0]?.headers["authorization"], undefined);
      }),
    ));

  it("again after trouble that passes", () =>
    onServer(blobs(1), async (lookaside) => {
      lookaside.fail(/signature-1$/, answers(answer(503)), 1);
      lookaside.fail(/signature-2$/, resets(), 1);
      assert.deepEqual(numbersOf(await readAt(lookaside.base)), [1]);
    }));

  it("with the CAs that the registry is trusted by", async () => {
    const authority = await tlsAuthority();
    const { certificate: cert, key } = await authority.server();
    await using lookaside = await startLookaside({ cert, key });
    lookaside.put("team/app", manifest, blobs(1));
    const certificates = { ...noCertificates, authorities: [Buffer.from(authority.certificate)] };
    assert.equal((await readAt(lookaside.base, { trust: { certificates, skipVerify: false } })).length, 1);
    assert.equal((await readAt(lookaside.base, { trust: { ...trustNobody, skipVerify: true } })).length, 1);
    await assert.rejects(readAt(lookaside.base), {
      code: "REGISTRY_UNREACHABLE",
      message: /: tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
    });
  });
});

describe("readLookaside fails, and does not take for absence,", () => {
  const rows: readonly (readonly [what: string, fault: Fault, code: string, message: RegExp])[] = [
    [
      "a refusal",
      answers(answer(403)),
      "SIGNATURE_UNREADABLE",
      /^reading signature from http:\S+\/signature-2: received unexpected HTTP status: 403 Forbidden$/,
    ],
    [
      "an empty answer",
      answers(answer(204)),
      "SIGNATURE_UNREADABLE",
      /: received unexpected HTTP status: 204 No Content$/,
    ],
    [
      "a server's error",
      answers(answer(500)),
      "REGISTRY_UNREACHABLE",
      /^reading signature from http:\S+: received unexpected HTTP status: 500 /,
    ],
    [
      "too many questions",
      answers(answer(429)),
      "REGISTRY_UNREACHABLE",
      /: received unexpected HTTP status: 429 /,
    ],
    [
      "a page",
      answers(answer(200, {}, "<html>")),
      "SIGNATURE_UNREADABLE",
      /^parsing signature http:\S+\/signature-2: unrecognized signature format, starting with binary 0x3c$/,
    ],
    ["nothing", answers(answer(200)), "SIGNATURE_UNREADABLE", /: empty signature blob$/],
    [
      "a connection that breaks",
      resets(),
      "REGISTRY_UNREACHABLE",
      /^Get "http:\S+\/signature-2": read: connection reset by peer$/,
    ],
    ["an answer that breaks off", breaksOff(1), "REGISTRY_UNREACHABLE", /^Get "http:\S+": /],
    [
      "an answer that is longer than any signature",
      neverEnds(),
      "TOO_LARGE",
      /^exceeded maximum allowed size of 4194304 bytes$/,
    ],
    [
      "one that says it is",
      claimsLength(5e9),
      "TOO_LARGE",
      /^exceeded maximum allowed size of 4194304 bytes$/,
    ],
    [
      "a way that leads round in a circle",
      redirects("signature-2"),
      "REGISTRY_UNREACHABLE",
      /: stopped after 10 redirects$/,
    ],
    [
      "a way that leads to no server",
      redirects("file:///etc/passwd"),
      "REGISTRY_UNREACHABLE",
      /: redirected to something that is no HTTP address$/,
    ],
  ];
  for (const [what, fault, code, message] of rows) {
    it(what, () =>
      onServer(blobs(2), async (lookaside) => {
        lookaside.fail(/signature-2$/, fault);
        await assert.rejects(readAt(lookaside.base), { code, message });
      }),
    );
  }

  it("a server that never answers", () =>
    onServer(blobs(1), async (lookaside) => {
      lookaside.fail(/signature-1$/, hangs());
      const timing = manualTiming();
      const reading = readAt(lookaside.base, { timing });
      const refused = assert.rejects(reading, { message: /: net\/http: timeout awaiting response headers$/ });
      await timing.untilAwaited(30_000);
      timing.advance(30_000);
      await refused;
    }));

  it("an answer that never ends", () =>
    onServer(blobs(1), async (lookaside) => {
      const caller = new AbortController();
      lookaside.fail(
        /signature-1$/,
        stalls(() => caller.abort()),
      );
      await assert.rejects(readAt(lookaside.base, { signal: caller.signal }), { code: "CANCELLED" });
    }));

  it("one that drips, once the time is over", () =>
    onServer(blobs(1), async (lookaside) => {
      lookaside.fail(/signature-1$/, drips(1));
      const timing = manualTiming();
      const reading = readAt(lookaside.base, { timing });
      const refused = assert.rejects(reading, { message: /timeout/ });
      await timing.untilAwaited(60_000);
      timing.advance(60_000);
      await refused;
    }));

  it("a hundred and twenty-eight signatures", async () => {
    using root = temporaryRoot();
    await assert.rejects(readAt(inFiles(root, blobs(128))), {
      code: "TOO_LARGE",
      message: "server provided 128 signatures, assuming that's unreasonable and a server error",
    });
  });

  it("32 MiB of signatures", async () => {
    using root = temporaryRoot();
    const large = Buffer.alloc(4 * 1024 * 1024, 0x90);
    await assert.rejects(
      readAt(
        inFiles(
          root,
          Array.from({ length: 9 }, () => large),
        ),
      ),
      {
        code: "TOO_LARGE",
        message: /^signatures up to \S+\/signature-9 exceed 33554432 bytes$/,
      },
    );
  });

  it("a file that is larger than any signature", async () => {
    using root = temporaryRoot();
    const address = inFiles(root, [Buffer.alloc(4 * 1024 * 1024 + 1, 0x90)]);
    await assert.rejects(readAt(address), {
      code: "SIGNATURE_UNREADABLE",
      message: /^read \S+\/signature-1: exceeded maximum allowed size of 4194304 bytes$/,
    });
  });

  it("a directory, a file for a directory, and a link that leads nowhere but to itself", async () => {
    using root = temporaryRoot();
    const address = inFiles(root, blobs(1));
    mkdirSync(signaturesIn(root, "signature-2"));
    await assert.rejects(readAt(address), {
      code: "SIGNATURE_UNREADABLE",
      message: /signature-2: is a directory$/,
    });
    using second = temporaryRoot();
    second.write(`sigs/team/app@${manifest.replace(":", "=")}`, "");
    await assert.rejects(readAt(`file://${second.path}/sigs`), { message: /signature-1: not a directory$/ });
    using third = temporaryRoot();
    const looping = inFiles(third, blobs(1));
    symlinkSync("signature-2", signaturesIn(third, "signature-2"));
    await assert.rejects(readAt(looping), { message: /signature-2: too many levels of symbolic links$/ });
  });

  const addresses: readonly (readonly [address: string, message: string])[] = [
    [
      "ftp://h/a",
      `Unsupported scheme when reading signature from ftp://h/a/${signatureFile("team/app", manifest, 1)}`,
    ],
    ["/a", `Unsupported scheme when reading signature from /a/${signatureFile("team/app", manifest, 1)}`],
    ["http:a", `Get "http:a": http: no Host in request URL`],
    ["http:///a", `Get "http:///a/${signatureFile("team/app", manifest, 1)}": http: no Host in request URL`],
    [
      "http://h:99999",
      `Get "http://h:99999/${signatureFile("team/app", manifest, 1)}": dial tcp: address 99999: invalid port`,
    ],
    [
      "http://1.2.3.999",
      `Get "http://1.2.3.999/${signatureFile("team/app", manifest, 1)}": dial tcp: lookup 1.2.3.999: no such host`,
    ],
  ];
  for (const [address, message] of addresses) {
    it(`an address like ${address}`, () =>
      assert.rejects(readAt(address), { code: "CONFIG_INVALID", message }));
  }

  it("that nobody waits any more", async () => {
    using root = temporaryRoot();
    const signal = AbortSignal.abort();
    await assert.rejects(readAt(inFiles(root, blobs(1)), { signal }), { code: "CANCELLED" });
  });
});
