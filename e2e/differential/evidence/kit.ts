import type { SigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";

/** Signs in a moment long past, as most signatures are when they are looked at. */
export const kit = createSigningKit();

/** Signs now: certificates without a log are judged by the wall clock. */
export const today = createSigningKit(Math.floor(Date.now() / 1000));

/** Whom the cases' policies trust unless they say otherwise. */
export const trusted: SigningKey = kit.key("trusted");

export const stranger: SigningKey = kit.key("stranger");
