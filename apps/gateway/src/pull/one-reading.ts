import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";

/**
 * Makes sure that all decoders read the same out of a message, so that what is judged here is what a runtime does with
 * the same bytes. Protobuf leaves open what becomes of a field that comes with another wire type than its own: the
 * decoder here reads it by its declaration, Go's older one (gogo/protobuf) calls it an error, and all skip it by what
 * it claims to be where they do not know the field. An image could so be hidden in what only an older runtime skips.
 * Groups, which differ in the same way and which CRI has none of, are refused as well.
 *
 * The number of fields is bounded before anything is made of them: 16 MiB of the smallest become gigabytes of objects.
 * @throws Error naming the field
 */
export function requireOneReading(schema: DescMessage, bytes: Uint8Array): void {
  const { inside } = messageForm(schema);
  requireFields(new WireReader(bytes), inside, { left: maxFields });
}

/** A hundred times what a pod with all the labels and annotations it may have comes to. */
const maxFields = 100_000;

/** How a field is written. `inside` says it of the fields of a message in turn. */
interface Form {
  readonly wireType: WireType;
  readonly inside?: FormOf;
}
/** undefined for a field that nobody here knows: it is skipped, by every decoder alike */
type FormOf = (number: number) => Form | undefined;

function requireFields(reader: WireReader, expected: FormOf, fields: { left: number }): void {
  while (!reader.atEnd) {
    if (fields.left-- === 0) throw new Error("there are too many fields");
    const { number, wireType } = reader.tag();
    if (number === 0) throw new Error("a field has no number");
    const form = expected(number);
    if (form !== undefined && form.wireType !== wireType)
      throw new Error(`field ${number} has wire type ${wireType} instead of ${form.wireType}`);
    const value = reader.value(number, wireType);
    if (form?.inside !== undefined) requireFields(new WireReader(value), form.inside, fields);
  }
}

function formOf(field: DescField | undefined): Form | undefined {
  switch (field?.fieldKind) {
    case undefined:
      return undefined;
    case "message":
      return messageForm(field.message);
    case "enum":
      return { wireType: WireType.Varint };
    case "scalar":
      return { wireType: scalarWireType(field.scalar) };
    case "map":
      return { wireType: WireType.LengthDelimited, inside: (number) => entryForm(field, number) };
    case "list":
      return field.listKind === "message"
        ? messageForm(field.message)
        : { wireType: WireType.LengthDelimited };
  }
}

/** Worked out once for each kind of message: every call that brings an image in is read so. */
const messageForms = new WeakMap<DescMessage, Required<Form>>();

function messageForm(message: DescMessage): Required<Form> {
  const known = messageForms.get(message);
  if (known !== undefined) return known;
  const fields = new Map(message.fields.map((field) => [field.number, field] as const));
  const forms = new Map<number, Form | undefined>();
  const form: Required<Form> = {
    wireType: WireType.LengthDelimited,
    inside(number) {
      const field = fields.get(number);
      if (field === undefined) return undefined; // not remembered: strangers have many numbers
      if (!forms.has(number)) forms.set(number, formOf(field));
      return forms.get(number);
    },
  };
  messageForms.set(message, form);
  return form;
}

/** An entry has a key and a value; what else decoders do with it is not alike. */
function entryForm(map: DescField & { fieldKind: "map" }, number: number): Form {
  if (number === 1) return { wireType: scalarWireType(map.mapKey) };
  if (number !== 2) throw new Error(`a map entry has field ${number}`);
  if (map.mapKind === "message") return messageForm(map.message);
  return { wireType: map.mapKind === "enum" ? WireType.Varint : scalarWireType(map.scalar) };
}

function scalarWireType(type: ScalarType): WireType {
  switch (type) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}

/** Cuts a message into its fields, with every length inside what it is part of. */
class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  tag(): { readonly number: number; readonly wireType: number } {
    const tag = this.#uint32();
    return { number: tag >>> 3, wireType: tag & 7 };
  }

  value(number: number, wireType: number): Uint8Array {
    const start = this.#at;
    switch (wireType) {
      case WireType.Varint:
        while (this.#byte() >= 0x80) if (this.#at - start === 10) throw new Error("a varint is too long");
        return this.#bytes.subarray(start, this.#at);
      case WireType.Bit64:
        return this.#take(8);
      case WireType.Bit32:
        return this.#take(4);
      case WireType.LengthDelimited:
        return this.#take(this.#uint32());
      default:
        throw new Error(`field ${number} has wire type ${wireType}`);
    }
  }

  /** Decoders differ in how they cut a larger number to what they expect. */
  #uint32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80 && value < 2 ** 32) return value;
      if (byte < 0x80) break;
    }
    throw new Error("a tag or a length does not fit 32 bits");
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error("a field ends after what it is part of");
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }

  #byte(): number {
    return this.#take(1)[0] as number;
  }
}
