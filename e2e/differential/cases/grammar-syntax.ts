import { storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

const reject = `[{"type":"reject"}]`;
const accepting = `{"default":[{"type":"insecureAcceptAnything"}]}`;
const deep = (levels: number) => `{"default":${"[".repeat(levels)}${"]".repeat(levels)}}`;

/** Whole files: is this JSON at all, and is it the right shape at the top? */
const files: Readonly<Record<string, string | Uint8Array>> = {
  "an empty file": "",
  "white space only": " \n\t\r ",
  "no JSON": "default: reject",
  "a comment": `// trust nobody\n{"default":${reject}}`,
  "a comment at the end": `{"default":${reject}} // trust nobody`,
  "a block comment inside": `{"default": /* nobody */ ${reject}}`,
  "a trailing comma in an object": `{"default":${reject},}`,
  "a trailing comma in a list": `{"default":[{"type":"reject"},]}`,
  "a missing comma": `{"default":${reject} "transports":{}}`,
  "a missing colon": `{"default" ${reject}}`,
  "single quotes": `{'default':[]}`,
  "a bare name": `{default:[]}`,
  "a cut-off file": `{"default":[{"type":"rej`,
  "a cut-off object": `{"default":${reject}`,
  "data after the object": `{"default":${reject}} {}`,
  "a closing brace too many": `{"default":${reject}}}`,
  "a NUL at the end": `{"default":${reject}}\0`,
  "white space around": `\n\t {"default" :\r\n [ { "type" : "insecureAcceptAnything" } ] } \n`,
  "a byte order mark": `\ufeff${accepting}`,
  "UTF-16": Buffer.from(accepting, "utf16le"),
  "a line feed in a string": `{"default":[{"type":"rej\nect"}]}`,
  "a tab in a string": `{"default":[{"type":"rej\tect"}]}`,
  "a DEL in a string": `{"default":[{"type":"rej\x7fect"}]}`,
  "an unknown escape": `{"default":[{"type":"\\x72eject"}]}`,
  "an incomplete escape": `{"default":[{"type":"\\u00"}]}`,
  "an escaped type": `{"default":[{"type":"\\u0069nsecureAcceptAnything"}]}`,
  "an escaped member name": `{"\\u0064efault":[{"type":"insecureAcceptAnything"}]}`,
  "a lone surrogate": `{"default":[{"type":"\\ud800"}]}`,
  "a surrogate pair": `{"default":[{"type":"\\ud83d\\ude00"}]}`,
  "bad UTF-8 in a type": Buffer.from(`{"default":[{"type":"rej\xff"}]}`, "latin1"),
  "bad UTF-8 in a member name": Buffer.from(`{"default":${reject},"\xc3\x28":1}`, "latin1"),
  "bad UTF-8 outside a string": Buffer.from(`{"default":${reject}}\xff`, "latin1"),
  "a name that is the same only after repair": Buffer.from(
    `{"default":${reject},"transports":{"docker":{"\xff":${reject},"\xfe":${reject}}}}`,
    "latin1",
  ),
  "a number with a leading zero": `{"default":01}`,
  "a number with a bare point": `{"default":1.}`,
  "a number without digits": `{"default":-}`,
  "a plus sign": `{"default":+1}`,
  "a huge exponent": `{"default":1e999}`,
  NaN: `{"default":NaN}`,
  "a misspelt literal": `{"default":nul}`,
  "a Python literal": `{"default":None}`,
  "lists 9,999 deep": deep(9998),
  "lists 10,001 deep": deep(10_001),
  null: "null",
  true: "true",
  "a number": "1",
  "a large number": "12345678",
  "a small number": "0.00001",
  "a number out of range": "1e400",
  "a string": `"reject"`,
  "a string with quotes": `"\\"\\n\\u00e9\\u200b"`,
  "a list": "[]",
  "an empty object": "{}",
  "no default": `{"transports":{}}`,
  "default twice": `{"default":${reject},"default":${reject}}`,
  "default twice, once escaped": `{"default":${reject},"def\\u0061ult":${reject}}`,
  "transports twice": `{"default":${reject},"transports":{},"transports":{}}`,
  "default in capitals": `{"Default":${reject}}`,
  "an unknown member": `{"default":${reject},"comment":"x"}`,
  "an unknown member before a broken one": `{"comment":"x","default":[]}`,
  "an unknown member after a broken one": `{"default":[],"comment":"x"}`,
  "a member with an empty name": `{"default":${reject},"":1}`,
  "a member named __proto__": `{"default":${reject},"__proto__":{}}`,
  "a member named constructor": `{"default":${reject},"constructor":{}}`,
  "a marker of an extension": `{"countersigned":1,"default":${reject}}`,
  "only a default": accepting,
};

export const syntaxRows: Rows = rowsOf(Object.entries(files), (policy) => (site) => {
  storeImage(site);
  return { image: `${site.name}:v1`, policy };
});
