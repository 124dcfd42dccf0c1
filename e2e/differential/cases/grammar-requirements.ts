import type { Case, Site } from "../case.ts";
import { storeImage } from "../evidence/store.ts";
import { dimension, rowsOf } from "./table.ts";

/** JSON of every kind; what a reader of some type makes of each is a rule of its own. */
const kinds: Readonly<Record<string, string>> = {
  null: "null",
  true: "true",
  zero: "0",
  "a number": "1.5",
  "an empty string": `""`,
  "a string": `"x"`,
  base64: `"eHl6"`,
  "broken base64": `"eHl*"`,
  "unpadded base64": `"eHl6eA"`,
  "base64 in lines": `"eHl6\\r\\neHl6\\n"`,
  "an empty list": "[]",
  "a list of a string": `["x"]`,
  "a list of an empty string": `[""]`,
  "a list of base64": `["eHl6"]`,
  "a list of null": "[null]",
  "a list of a number": "[1]",
  "a list of a large number": "[256]",
  "a list of mixed kinds": `["x",1,{}]`,
  "an empty object": "{}",
  "an object": `{"type":"matchExact"}`,
};

type Members = Readonly<Record<string, string>>;

const identity = `{"type":"matchRepository"}`;
const fulcio: Members = { caPath: `"/x"`, oidcIssuer: `"https://i"`, subjectEmail: `"a@b"` };
const pki: Members = {
  caRootsPath: `"/x"`,
  caIntermediatesPath: `"/y"`,
  subjectEmail: `"a@b"`,
  subjectHostname: `"h"`,
};

interface Valid {
  /** every member that may stand in it, with a valid value */
  readonly members: Members;
  /** members that replace each other: put in turn instead of the first of `members` */
  readonly others: Members;
  /** where it stands in a policy */
  readonly wrap: (text: string) => string;
}

const inDocker = (text: string) => `{"default":[${text}]}`;
const asIdentity = (text: string) =>
  inDocker(`{"type":"sigstoreSigned","keyData":"eHl6","signedIdentity":${text}}`);

/** One valid object of every kind; the rows break it in one place each. */
const valid: Readonly<Record<string, Valid>> = {
  insecureAcceptAnything: { members: { type: `"insecureAcceptAnything"` }, others: {}, wrap: inDocker },
  reject: { members: { type: `"reject"` }, others: {}, wrap: inDocker },
  signedBaseLayer: {
    members: { type: `"signedBaseLayer"`, baseLayerIdentity: identity },
    others: {},
    wrap: inDocker,
  },
  signedBy: {
    members: { type: `"signedBy"`, keyType: `"GPGKeys"`, keyPath: `"/x"`, signedIdentity: identity },
    others: { keyPaths: `["/x"]`, keyData: `"eHl6"` },
    wrap: inDocker,
  },
  sigstoreSigned: {
    members: {
      type: `"sigstoreSigned"`,
      keyPath: `"/x"`,
      rekorPublicKeyPath: `"/x"`,
      signedIdentity: identity,
    },
    others: {
      keyPaths: `["/x"]`,
      keyData: `"eHl6"`,
      keyDatas: `["eHl6"]`,
      fulcio: objectText(fulcio),
      pki: objectText({ caRootsPath: `"/x"`, subjectEmail: `"a@b"` }),
      rekorPublicKeyPaths: `["/x"]`,
      rekorPublicKeyData: `"eHl6"`,
      rekorPublicKeyDatas: `["eHl6"]`,
    },
    wrap: inDocker,
  },
  fulcio: {
    members: fulcio,
    others: { caData: `"eHl6"` },
    wrap: (text) => inDocker(`{"type":"sigstoreSigned","rekorPublicKeyPath":"/x","fulcio":${text}}`),
  },
  pki: {
    members: pki,
    others: { caRootsData: `"eHl6"`, caIntermediatesData: `"eHl6"` },
    wrap: (text) => inDocker(`{"type":"sigstoreSigned","pki":${text}}`),
  },
  matchExact: { members: { type: `"matchExact"` }, others: {}, wrap: asIdentity },
  matchRepoDigestOrExact: { members: { type: `"matchRepoDigestOrExact"` }, others: {}, wrap: asIdentity },
  matchRepository: { members: { type: `"matchRepository"` }, others: {}, wrap: asIdentity },
  exactReference: {
    members: { type: `"exactReference"`, dockerReference: `"ex.com/a:v1"` },
    others: {},
    wrap: asIdentity,
  },
  exactRepository: {
    members: { type: `"exactRepository"`, dockerRepository: `"ex.com/a"` },
    others: {},
    wrap: asIdentity,
  },
  remapIdentity: {
    members: { type: `"remapIdentity"`, prefix: `"ex.com"`, signedPrefix: `"ex.org/x"` },
    others: {},
    wrap: asIdentity,
  },
};

/** One dimension per kind of object, with every way to break it in one place. */
export const requirementCases: readonly Case[] = Object.entries(valid).flatMap(([kind, whole]) =>
  dimension(
    `grammar of ${kind}`,
    rowsOf(breakages(whole), (policy) => (site: Site) => {
      storeImage(site);
      return { image: `${site.name}:v1`, policy };
    }),
  ),
);

/** A member less, a member twice, an unknown one, another kind of value, one too many, one for another. */
function* breakages({ members, others, wrap }: Valid): Generator<readonly [name: string, policy: string]> {
  const whole = Object.entries(members);
  yield ["whole", wrap(objectText(members))];
  yield ["an unknown member", wrap(textOf([...whole, ["x", "1"]]))];
  yield ["an unknown member first", wrap(textOf([["x", "1"], ...whole]))];
  for (const [name, value] of Object.entries({ ...members, ...others })) {
    const rest = whole.filter(([other]) => other !== name);
    yield [`${name} missing`, wrap(textOf(rest))];
    yield [`${name} twice`, wrap(textOf([...rest, [name, value], [name, value]]))];
    yield [`${name} in capitals`, wrap(textOf([...rest, [name.toUpperCase(), value]]))];
    yield [`${name} last`, wrap(textOf([...rest, [name, value]]))];
    yield* everyKind(name, rest, wrap);
  }
  const first = whole.find(([name]) => name !== "type")?.[0] ?? "";
  for (const [name, value] of Object.entries(others)) {
    const instead = whole.filter(([other]) => other !== first);
    yield [`${name} instead of ${first}`, wrap(textOf([...instead, [name, value]]))];
    yield* everyKind(name, instead, wrap, `, without ${first}`);
  }
}

function* everyKind(
  name: string,
  rest: readonly (readonly [name: string, value: string])[],
  wrap: Valid["wrap"],
  remark = "",
): Generator<readonly [name: string, policy: string]> {
  for (const [nature, text] of Object.entries(kinds)) {
    yield [`${name} is ${nature}${remark}`, wrap(textOf([...rest, [name, text]]))];
  }
}

function objectText(members: Members): string {
  return textOf(Object.entries(members));
}

function textOf(members: readonly (readonly [name: string, value: string])[]): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
}
