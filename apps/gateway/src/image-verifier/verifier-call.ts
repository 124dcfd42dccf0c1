import { type Digest, parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  dropTagIfDigested,
  formatReference,
  type ImageReference,
  isQualified,
  parseReference,
  toImageReference,
} from "@countersign/engine/values/image-reference";
import { didYouMean } from "../likely-flag.ts";
import { type VerifierFlagName, verifierFlags } from "./verifier-flags.ts";

/** One run of the program: what whoever set it up wrote, and what containerd asks. */
export interface VerifierCall {
  readonly settings: VerifierSettings;
  readonly question: ResolvedImage;
  /** of what comes on standard input */
  readonly stdinMediaType: string;
}

/** Paths are absolute; one left undefined means the container tools' own search. */
export interface VerifierSettings {
  readonly signaturePolicy: string;
  readonly registriesConf: string | undefined;
  readonly registriesD: string | undefined;
  readonly registryConfigPath: readonly string[] | undefined;
  readonly authfile: string | undefined;
  readonly trustDir: string;
  /** milliseconds */
  readonly timeout: number;
}

/** An image under the name it will be stored by, and the manifest or index that will be stored. */
export interface ResolvedImage {
  readonly image: ImageReference;
  readonly digest: Digest;
}

/** containerd's, with one dash or two, as Go's flag package takes them. */
const askedFlags = ["name", "digest", "stdin-media-type"] as const;

type FlagName = VerifierFlagName | (typeof askedFlags)[number];
type Given = ReadonlyMap<FlagName, string>;

const knownFlags: ReadonlySet<string> = new Set([...verifierFlags.map(({ name }) => name), ...askedFlags]);

/**
 * Parses the arguments: flags of ours, and behind them containerd's
 * `-name REFERENCE -digest DIGEST -stdin-media-type TYPE`.
 * Source: containerd docs/image-verification.md, pkg/imageverifier/bindir.
 * @throws CountersignError USAGE, REFERENCE_INVALID, DIGEST_INVALID or MANIFEST_DIGEST_MISMATCH
 */
export function parseVerifierCall(argv: readonly string[]): VerifierCall {
  const given = readFlags(argv);
  return {
    settings: {
      signaturePolicy: required("signature-policy", given, absolutePath),
      registriesConf: optional("registries-conf", given, absolutePath),
      registriesD: optional("registries-d", given, absolutePath),
      registryConfigPath: optional("registry-config-path", given, (text, flag) =>
        text.split(":").map((path) => absolutePath(path, flag)),
      ),
      authfile: optional("authfile", given, absolutePath),
      trustDir: required("trust-dir", given, absolutePath),
      timeout: required("timeout", given, milliseconds),
    },
    question: resolvedImage(required("name", given, asItIs), required("digest", given, digestIn)),
    stdinMediaType: required("stdin-media-type", given, asItIs),
  };
}

/**
 * containerd names an image in full. What it does not, it would look for on a host that the policy never heard of:
 * `busybox:latest` is for containerd the root of a registry called busybox.
 */
function resolvedImage(name: string, digest: Digest): ResolvedImage {
  const parsed = parseReference(name);
  if (!isQualified(parsed)) {
    throw new CountersignError(
      "REFERENCE_INVALID",
      `${quote(name)} does not say its registry; write it in full, as docker.io/library/busybox:latest`,
    );
  }
  const image = toImageReference(dropTagIfDigested(parsed));
  if (image.digest !== undefined && image.digest !== digest) {
    throw new CountersignError(
      "MANIFEST_DIGEST_MISMATCH",
      `containerd takes ${formatReference(image)} for ${digest}, which is another digest`,
    );
  }
  return { image, digest };
}

/** A flag that nobody knows may be a typo in one that would have forbidden something. */
function readFlags(argv: readonly string[]): Given {
  const given = new Map<FlagName, string>();
  const waiting = argv.values();
  for (const argument of waiting) {
    const [, name = "", inline] = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(argument) ?? [];
    if (!isKnown(name)) {
      const meant = didYouMean(argument, [...knownFlags]);
      throw usage(
        `${quote(argument)} is no flag${meant === "" ? "; see" : `${meant} See`} countersign image-verifier --help`,
      );
    }
    if (given.has(name)) throw usage(`--${name} is given twice; leave one out`);
    const value = inline ?? waiting.next().value;
    if (value === undefined) throw usage(`--${name} has no value`);
    given.set(name, value);
  }
  return given;
}

function isKnown(name: string): name is FlagName {
  return knownFlags.has(name);
}

type ParseValue<Value> = (text: string, flag: FlagName) => Value;

function optional<Value>(flag: FlagName, given: Given, parse: ParseValue<Value>): Value | undefined {
  const known = verifierFlags.find(({ name }) => name === flag);
  const text = given.get(flag) ?? (known !== undefined && "default" in known ? known.default : undefined);
  return text === undefined ? undefined : parse(text, flag);
}

function required<Value>(flag: FlagName, given: Given, parse: ParseValue<Value>): Value {
  const value = optional(flag, given, parse);
  if (value !== undefined) return value;
  throw usage(
    `-${flag} is missing; containerd gives it, so put "$@" at the end of the line that starts this`,
  );
}

function asItIs(text: string): string {
  return text;
}

function absolutePath(text: string, flag: FlagName): string {
  if (text.includes("\0")) throw usage(`--${flag} ${quote(text)} has a NUL in it`);
  if (text.startsWith("/")) return text.replace(/(?<=.)\/+$/, "");
  throw usage(`--${flag} ${quote(text)} must be an absolute path, beginning with /`);
}

function digestIn(text: string, flag: FlagName): Digest {
  try {
    return parseDigest(text);
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    throw new CountersignError(code, `-${flag} ${quote(text)}: ${message}`);
  }
}

function milliseconds(text: string, flag: FlagName): number {
  const seconds = /^[0-9]{1,4}(\.[0-9]{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= 3600) return seconds * 1000;
  throw usage(`--${flag} ${quote(text)}: write seconds, more than 0 and at most 3600`);
}

function usage(message: string): CountersignError {
  return new CountersignError("USAGE", message);
}
