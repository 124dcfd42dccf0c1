import {
  documentSignature,
  literal,
  onePassSignature,
} from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { alice, askedOf } from "../evidence/gpg.ts";
import { type Rows, rowsOf } from "./table.ts";

/** Line ends that a document may have, and in what form they may be signed. */
const documents: Readonly<Record<string, (text: string) => string>> = {
  "one line": (text) => text,
  "a line end": (text) => `${text}\n`,
  "CR LF": (text) => `${text}\r\n`,
  "both, and blanks": (text) => `${text.replaceAll(",", " ,\t\n")}\r\n \r\r\n`,
};
const forms: Readonly<Record<string, (text: string) => string>> = {
  "as it stands": (text) => text,
  "with CR LF": (text) => text.replaceAll(/\r?\n/g, "\r\n"),
  "without CR": (text) => text.replaceAll("\r", ""),
  "without blanks": (text) => text.replaceAll(/[ \t\r]*\n/g, "\r\n"),
};
const announcements = { "as text": 1, "as a document": 0, "in the old order": undefined } as const;

const cases = Object.entries(announcements).flatMap(([announced, announcement]) =>
  ["b", "t", "m"].flatMap((format) =>
    [0, 1].flatMap((type) =>
      Object.entries(documents).flatMap(([what, write]) =>
        Object.entries(forms).map(([signed, form]) => {
          const name = `${what}, ${format}, signed ${signed} by type ${type}, announced ${announced}`;
          return [name, { announcement, format, type, write, form }] as const;
        }),
      ),
    ),
  ),
);

/** Signatures over text, and what says that it is one or does not. */
export const gpgTextRows: Rows = rowsOf(
  cases,
  ({ announcement, format, type, write, form }) =>
    (site) =>
      askedOf(site, (payload) => {
        const text = write(payload.toString());
        const signature = documentSignature(alice, Buffer.from(form(text)), { type });
        const document = literal(Buffer.from(text), { format });
        return announcement === undefined
          ? Buffer.concat([signature, document])
          : Buffer.concat([onePassSignature(alice, { type: announcement }), document, signature]);
      }),
);
