import type { Draw } from "@countersign/testkit/random/draw";
import { mutateBytes } from "./bytes.ts";
import type { Mutate } from "./mutate.ts";

/** One element: its content is bytes, or elements where it reads as such. */
interface Element {
  tag: number;
  content: Uint8Array | Element[];
  /** how many octets more than needed the length takes */
  spareLength: number;
}

/** Accidents that happen to DER: elements lost, doubled, exchanged, of other types, of other lengths. */
export const mutateDer: Mutate = (draw, input, other) => {
  const elements = readElements(input, 0);
  if (elements === undefined || draw.chance(0.15)) return mutateBytes(draw, input, other);
  const lists = listsIn(elements).filter(({ length }) => length > 0);
  const list = lists[draw.below(lists.length)];
  if (list === undefined) return mutateBytes(draw, input, other);
  const at = draw.below(list.length);
  const element = list[at] as Element;
  const donors = listsIn(readElements(other, 0) ?? elements).flat();
  const donor = structuredClone(donors[draw.below(donors.length)] ?? element);
  draw.one<() => unknown>([
    () => list.splice(at, 1),
    () => list.splice(at, 0, structuredClone(element)),
    () => list.splice(at, 1, donor),
    () => list.splice(at, 0, donor),
    () => list.push(...list.splice(at, 1)),
    () => changeContent(draw, element),
    () => changeContent(draw, element),
    () => changeContent(draw, element),
    () => {
      element.tag = draw.one([...tags, element.tag ^ 0x20, element.tag ^ 0x80, draw.below(256)]);
    },
    () => {
      element.spareLength = draw.one([1, 2, 4]);
    },
    () => {
      list[at] = nested(draw, element);
    },
  ])();
  return writeElements(elements);
};

const tags: readonly [number, ...number[]] = [
  ...([0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31] as const),
  ...[0x80, 0x81, 0x82, 0x86, 0x87, 0xa0, 0xa1, 0xa2, 0xa3],
];

function changeContent(draw: Draw, element: Element): void {
  const content = contentOf(element);
  element.content = draw.chance(0.3)
    ? Buffer.from(draw.one(contents), "hex")
    : mutateBytes(draw, content, content);
}

/** Numbers at their limits, names with a NUL, a wildcard or two ends, times that are none, and nothing. */
const contents: readonly [string, ...string[]] = [
  ...([
    "",
    "00",
    "ff",
    "01",
    "80",
    "7f",
    "0080",
    "00ff",
    "ff80",
    "8000",
    "2a864886f70d01010b",
    "550403",
  ] as const),
  ...["2b0601040183bf3001", "551d11", "551d13", "551d25", "551d1e", "2a8648ce3d0201", "06"],
  ...["dev@example.com", "*.example.com", "a\0b.example", "https://a@[::1]/%zz", "..", "260101000000Z"].map(
    hex,
  ),
  ...["991231235960Z", "20500101000000Z", "260229000000Z", "00010101000000Z", "260101000000+0100"].map(hex),
];

function hex(text: string): string {
  return Buffer.from(text).toString("hex");
}

function nested(draw: Draw, element: Element): Element {
  let outer = element;
  for (let depth = draw.one([1, 2, 10, 1000]); depth > 0; depth--) {
    outer = { tag: 0x30, content: [outer], spareLength: 0 };
  }
  return outer;
}

function listsIn(elements: Element[]): Element[][] {
  const inner = elements.flatMap(({ content }) => (Array.isArray(content) ? listsIn(content) : []));
  return [elements, ...inner];
}

const maxDepth = 40;

/** Undefined if the bytes are not elements, whole and to the last one. */
function readElements(bytes: Buffer, depth: number): Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] as number;
    const first = bytes[at + 1] ?? 0x80;
    const octets = first > 0x80 ? first - 0x80 : 0;
    if (first === 0x80 || octets > 4 || (tag & 0x1f) === 0x1f || at + 2 + octets > bytes.length)
      return undefined;
    const length = octets === 0 ? first : bytes.readUIntBE(at + 2, octets);
    const start = at + 2 + octets;
    if (start + length > bytes.length) return undefined;
    const content = bytes.subarray(start, start + length);
    elements.push({ tag, content: readContent(tag, content, depth + 1), spareLength: 0 });
    at = start + length;
  }
  return elements;
}

/** Octet strings hold elements too, in extensions and keys. */
function readContent(tag: number, content: Buffer, depth: number): Buffer | Element[] {
  if (depth > maxDepth || ((tag & 0x20) === 0 && tag !== 0x04) || content.length === 0) return content;
  return readElements(content, depth) ?? content;
}

function writeElements(elements: readonly Element[]): Buffer {
  return Buffer.concat(elements.map(writeElement));
}

function writeElement(element: Element): Buffer {
  const content = contentOf(element);
  return Buffer.concat([Buffer.of(element.tag), writeLength(content.length, element.spareLength), content]);
}

function contentOf({ content }: Element): Buffer {
  return Array.isArray(content) ? writeElements(content) : Buffer.from(content);
}

function writeLength(length: number, spare: number): Buffer {
  if (length < 0x80 && spare === 0) return Buffer.of(length);
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(length);
  const needed = octets.subarray(octets.findIndex((octet) => octet !== 0));
  return Buffer.concat([Buffer.of(0x80 + needed.length + spare), Buffer.alloc(spare), needed]);
}
