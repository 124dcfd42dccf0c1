import { parseArgs } from "node:util";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { parseListenAddress } from "@countersign/sources/serving/listen-address";
import type { MetricsAddress } from "@countersign/sources/serving/metrics-server";
import type { UnnamedImages } from "./create/judge-created.ts";
import type { CheckpointRule } from "./create/restore-pod.ts";
import { type GatewayFlagName, gatewayFlags } from "./gateway-flags.ts";
import { didYouMean } from "./likely-flag.ts";
import { parseNamespace } from "./policy/namespace.ts";
import { parseEndpoint, type RuntimeEndpoint } from "./runtime/runtime-endpoint.ts";
import type { OccupiedSocket } from "./socket/listening-socket.ts";

/** Everything the gateway can be told, checked and with its defaults filled in. Paths are absolute. */
export interface GatewayConfig {
  readonly listen: RuntimeEndpoint;
  readonly occupiedSocket: OccupiedSocket;
  readonly runtimeEndpoint: RuntimeEndpoint;
  /** the same as `runtimeEndpoint` unless the image service has a socket of its own */
  readonly imageEndpoint: RuntimeEndpoint;
  readonly signaturePolicy: string;
  readonly signaturePolicyDir: string | undefined;
  /** what countersign sync writes; undefined: nobody waits for anything */
  readonly knownNamespaces: string | undefined;
  /** milliseconds */
  readonly namespaceWait: number;
  readonly bootstrapNamespaces: ReadonlySet<string>;
  readonly registriesConf: string | undefined;
  readonly shortNames: ShortNames;
  readonly registriesD: string | undefined;
  /** containerd's `config_path`; undefined: images are looked for by registries.conf */
  readonly registryConfigPath: readonly string[] | undefined;
  readonly authfile: string | undefined;
  readonly evidenceDir: string;
  /** bytes */
  readonly evidenceSize: number;
  readonly evidenceSeed: string | undefined;
  readonly trustDir: string;
  readonly unnamedImages: UnnamedImages;
  readonly checkpoints: CheckpointRule;
  readonly metrics: MetricsAddress | undefined;
  /** milliseconds */
  readonly pullVerifyTimeout: number;
  readonly createVerifyTimeout: number;
  readonly drainTimeout: number;
  readonly handoverTimeout: number;
  readonly logLevel: LogLevel;
}

/** Who says what a name without a registry means. */
export type ShortNames = (typeof shortNamesChoices)[number];
const shortNamesChoices = ["docker.io", "registries.conf"] as const;

export type LogLevel = (typeof logLevels)[number];
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/**
 * Parses the command line of `countersign gateway`.
 * @throws CountersignError USAGE, naming flag, value and remedy
 */
export function parseGatewayConfig(argv: readonly string[]): GatewayConfig {
  const given = readFlags(argv);
  const runtimeEndpoint = required("runtime-endpoint", given, endpoint);
  const config: GatewayConfig = {
    listen: required("listen", given, endpoint),
    occupiedSocket: required("occupied-socket", given, oneOf(["refuse", "take-over"])),
    runtimeEndpoint,
    imageEndpoint: optional("image-endpoint", given, endpoint) ?? runtimeEndpoint,
    signaturePolicy: required("signature-policy", given, absolutePath),
    signaturePolicyDir: optional("signature-policy-dir", given, directory),
    knownNamespaces: optional("known-namespaces", given, absolutePath),
    namespaceWait: required("namespace-wait", given, duration),
    bootstrapNamespaces: required("bootstrap-namespaces", given, namespaceNames),
    registriesConf: optional("registries-conf", given, absolutePath),
    shortNames: required("short-names", given, oneOf(shortNamesChoices)),
    registriesD: optional("registries-d", given, directory),
    registryConfigPath: optional("registry-config-path", given, directories),
    authfile: optional("authfile", given, absolutePath),
    evidenceDir: required("evidence-dir", given, directory),
    evidenceSize: required("evidence-size", given, mebibytes),
    evidenceSeed: optional("evidence-seed", given, directory),
    trustDir: required("trust-dir", given, directory),
    unnamedImages: required("unnamed-images", given, oneOf(["deny", "all-names"])),
    checkpoints: required("checkpoints", given, oneOf(["deny", "allow"])),
    metrics: optional("metrics", given, tcpAddress),
    pullVerifyTimeout: required("pull-verify-timeout", given, duration),
    createVerifyTimeout: required("create-verify-timeout", given, duration),
    drainTimeout: required("drain-timeout", given, duration),
    handoverTimeout: required("handover-timeout", given, duration),
    logLevel: required("log-level", given, oneOf(logLevels)),
  };
  const { path } = config.listen;
  if (path === config.runtimeEndpoint.path || path === config.imageEndpoint.path) {
    throw wrong(
      "listen",
      given.get("listen"),
      "is the runtime's own socket; choose another path to listen on",
    );
  }
  if (config.shortNames === "registries.conf" && config.registryConfigPath !== undefined) {
    throw wrong(
      "short-names",
      config.shortNames,
      "is for CRI-O and --registry-config-path for containerd; leave one out",
    );
  }
  return config;
}

type Given = ReadonlyMap<GatewayFlagName, string>;
type Parse<Value> = (text: string, flag: GatewayFlagName) => Value;

function readFlags(argv: readonly string[]): Given {
  const given = new Map<GatewayFlagName, string>();
  const { values } = parse(argv);
  for (const flag of gatewayFlags) {
    const [value, ...more] = values[flag.name] ?? [];
    if (more.length > 0) throw wrong(flag.name, more.join(" "), "is given twice; leave one out");
    const text = value ?? ("default" in flag ? flag.default : undefined);
    if (text !== undefined) given.set(flag.name, text);
  }
  return given;
}

function parse(argv: readonly string[]) {
  const options = Object.fromEntries(
    gatewayFlags.map(({ name }) => [name, { type: "string", multiple: true }] as const),
  );
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false });
  } catch (cause) {
    const { message } = CountersignError.from(cause);
    const [sentence = message] = message.split(/\. (?=To specify)/);
    const [, typed] = /^Unknown option '([^']*)'/.exec(message) ?? [];
    const names = gatewayFlags.map(({ name }) => name);
    const meant = typed === undefined ? "" : didYouMean(typed, names);
    throw new CountersignError(
      "USAGE",
      `${sentence}${meant === "" ? "; see" : `${meant} See`} countersign gateway --help`,
      {
        cause,
      },
    );
  }
}

function optional<Value>(flag: GatewayFlagName, given: Given, parseValue: Parse<Value>): Value | undefined {
  const text = given.get(flag);
  return text === undefined ? undefined : parseValue(text, flag);
}

function required<Value>(flag: GatewayFlagName, given: Given, parseValue: Parse<Value>): Value {
  const text = given.get(flag);
  if (text !== undefined) return parseValue(text, flag);
  throw new CountersignError(
    "USAGE",
    `--${flag} is missing; it names the container runtime's socket, e.g. unix:///run/containerd/containerd.sock or unix:///run/crio/crio.sock`,
  );
}

function endpoint(text: string, flag: GatewayFlagName): RuntimeEndpoint {
  try {
    return parseEndpoint(text);
  } catch (cause) {
    throw new CountersignError("USAGE", `--${flag}: ${CountersignError.from(cause).message}`, { cause });
  }
}

function absolutePath(text: string, flag: GatewayFlagName): string {
  if (text.includes("\0")) throw wrong(flag, text, "has a NUL in it");
  if (text.startsWith("/")) return text;
  throw wrong(flag, text, "must be an absolute path, beginning with /");
}

function directory(text: string, flag: GatewayFlagName): string {
  return absolutePath(text, flag).replace(/(?<=.)\/+$/, "");
}

function directories(text: string, flag: GatewayFlagName): readonly string[] {
  return text.split(":").map((path) => directory(path, flag));
}

/** `""` is none */
function namespaceNames(text: string, flag: GatewayFlagName): ReadonlySet<string> {
  const names = text === "" ? [] : text.split(",");
  try {
    return new Set(names.map((name) => parseNamespace(name) ?? ""));
  } catch (cause) {
    throw new CountersignError("USAGE", `--${flag}: ${CountersignError.from(cause).message}`, { cause });
  }
}

function tcpAddress(text: string, flag: GatewayFlagName): MetricsAddress {
  const address = parseListenAddress(text);
  if (address !== undefined) return address;
  throw wrong(flag, text, "is not HOST:PORT; write e.g. 127.0.0.1:9465 or [::1]:9465");
}

const millisecondsPer: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** A timer cannot be set further ahead than 2^31 milliseconds; nobody waits a day for a pull. */
const maxDuration = 24 * 3_600_000;

function duration(text: string, flag: GatewayFlagName): number {
  const [, digits = "", unit = ""] = /^([0-9]{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const milliseconds = Number(digits) * (millisecondsPer.get(unit) ?? 0);
  if (milliseconds >= 1 && milliseconds <= maxDuration) return milliseconds;
  throw wrong(flag, text, "is not a duration between 1ms and 24h; write e.g. 500ms, 30s or 2m");
}

function oneOf<const Choice extends string>(choices: readonly Choice[]): Parse<Choice> {
  return (text, flag) => {
    const choice = choices.find((name) => name === text);
    if (choice !== undefined) return choice;
    throw wrong(flag, text, `is not known; choose one of ${choices.join(", ")}`);
  };
}

/** As much as anybody gives to a cache; a figure that is meant in bytes is refused. */
const maxMebibytes = 1024 * 1024;

function mebibytes(text: string, flag: GatewayFlagName): number {
  const count = /^[0-9]{1,7}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxMebibytes) return count * 1024 * 1024;
  throw wrong(flag, text, `is not a number of MiB between 1 and ${maxMebibytes}`);
}

function wrong(flag: GatewayFlagName, value: string | undefined, problem: string): CountersignError {
  return new CountersignError("USAGE", `--${flag} ${quote(value ?? "")} ${problem}`);
}
