import { mutateBytes } from "./bytes.ts";
import { mutateDer } from "./der.ts";
import { type Mutate, ofText } from "./mutate.ts";
import { mutateText } from "./text.ts";

/** Accidents that happen to PEM: to the text, and to the DER in one of its blocks. */
export const mutatePem: Mutate = (draw, input, other) =>
  draw.one([mutatePemText, mutateInside, mutateInside, joinPem])(draw, input, other);

const mutatePemText = mutateText([
  ...([
    "-----BEGIN CERTIFICATE-----\n",
    "-----END CERTIFICATE-----\n",
    "-----BEGIN PUBLIC KEY-----\n",
  ] as const),
  ...[
    "-----END PUBLIC KEY-----\n",
    "-----BEGIN RSA PUBLIC KEY-----",
    "-----BEGIN ",
    "-----END ",
    "-----",
    "\n",
  ],
  ...[
    "Proc-Type: 4,ENCRYPTED\n",
    "a: b\n",
    ":",
    "=",
    "==",
    " ",
    "\t",
    "\r\n",
    "\u0085",
    "\u00a0",
    "MII",
    "\0",
  ],
]);

const block = /-----BEGIN ([^\n-]*)-----\n([A-Za-z0-9+/=\s]*)-----END [^\n-]*-----\n?/g;

const mutateInside: Mutate = (draw, input, other) => {
  const text = input.toString("latin1");
  const blocks = [...text.matchAll(block)];
  const chosen = blocks[draw.below(blocks.length)];
  if (chosen === undefined) return mutateBytes(draw, input, other);
  const [whole, label = "", base64 = ""] = chosen;
  const others = [...other.toString("latin1").matchAll(block)];
  const donor = Buffer.from(others[draw.below(others.length)]?.[2] ?? base64, "base64");
  const der = mutateDer(draw, Buffer.from(base64, "base64"), donor);
  const after = text.slice(chosen.index + whole.length);
  return Buffer.from(text.slice(0, chosen.index) + pem(label, der) + after, "latin1");
};

const joinPem = ofText((draw, text, other) => (draw.chance(0.5) ? text + other : other + text));

export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.map((line) => `${line}\n`).join("")}-----END ${label}-----\n`;
}
