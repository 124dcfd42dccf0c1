import type { ServerOptions } from "node:https";
import type { Digest } from "@countersign/engine/values/digest";
import { type FaultyServer, startFaultyServer } from "../registry/faulty-server.ts";
import { answer } from "../registry/registry-answer.ts";

/** A lookaside on a web server: the files of containers/image's signature-protocols.md, and nothing but files. */
export interface Lookaside extends FaultyServer {
  /** what registries.d calls it: `http://127.0.0.1:1234/sigs` */
  readonly base: string;
  /** Stores `signature-1` and so on for a manifest. */
  put(repository: string, manifest: Digest, signatures: readonly Uint8Array[]): void;
  /** Stores one file, at a path from the server's root. */
  putFile(path: string, content: Uint8Array): void;
}

const root = "/sigs";

/** @param tls - HTTPS with these; plain HTTP when undefined */
export async function startLookaside(tls?: ServerOptions): Promise<Lookaside> {
  const files = new Map<string, Uint8Array>();
  const server = await startFaultyServer(({ path }) => {
    const file = files.get(path.replace(/\?.*/, ""));
    const plain = { "content-type": "application/octet-stream" };
    return file === undefined ? answer(404, plain, "nothing here\n") : answer(200, plain, file);
  }, tls);
  return {
    ...server,
    base: `${tls === undefined ? "http" : "https"}://${server.address}${root}`,
    put(repository, manifest, signatures) {
      for (const [index, content] of signatures.entries())
        files.set(`${root}/${signatureFile(repository, manifest, index + 1)}`, content);
    },
    putFile: (path, content) => files.set(path, content),
  };
}

/** Below a lookaside's base, where one signature of a manifest is. */
export function signatureFile(repository: string, manifest: Digest, number: number): string {
  return `${repository}@${manifest.replace(":", "=")}/signature-${number}`;
}
