import { type Lookaside, startLookaside } from "@countersign/testkit/lookaside/lookaside";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";

/** The local registries, by how they let people in. */
export type Guard = "open" | "basic" | "bearer";

/** What a registry may say in `X-Registry-Supports-Signatures`. */
export type ListingWord = "1" | "0" | "yes" | "01" | "1, 0";

export interface LocalRegistries extends Readonly<Record<Guard, TestRegistry>> {
  /** another open one, for mirrors */
  readonly second: TestRegistry;
  /** by what they say of listing signatures themselves */
  readonly listing: Readonly<Record<ListingWord, TestRegistry>>;
  /** where signatures are kept beside registries */
  readonly lookaside: Lookaside;
  close(): Promise<void>;
}

/** Whom the guarded ones let in. */
export const user = { name: "someone", password: "pass:word" } as const;

export async function startRegistries(): Promise<LocalRegistries> {
  const users = { [user.name]: user.password };
  const open = await startRegistry();
  const basic = await startRegistry({ access: { type: "basic", users } });
  const bearer = await startRegistry({ access: { type: "bearer", users } });
  const second = await startRegistry();
  const listing = {
    "1": await startRegistry({ supportsSignatures: "1" }),
    "0": await startRegistry({ supportsSignatures: "0" }),
    yes: await startRegistry({ supportsSignatures: "yes" }),
    "01": await startRegistry({ supportsSignatures: "01" }),
    "1, 0": await startRegistry({ supportsSignatures: "1, 0" }),
  };
  const lookaside = await startLookaside();
  return {
    open,
    basic,
    bearer,
    second,
    listing,
    lookaside,
    close: async () => {
      for (const server of [open, basic, bearer, second, ...Object.values(listing), lookaside])
        await server.close();
    },
  };
}

/** Where there is a machine and no registry: nobody may listen on this port without leave. */
export const nowhere = "127.0.0.1:1";
