/** A JSON object broken in one way, by no fault of any other member. */
export interface BrokenObject {
  /** completes "refuses": `keyPath twice`, `a number for keyPath` */
  readonly why: string;
  /** the member that is at fault */
  readonly member: string;
  readonly text: string;
}

/**
 * Every way in which a strict reader must refuse a valid object whatever its members mean: each of them twice, in
 * capitals, and of each wrong type; and one that nobody knows.
 */
export function brokenMembers(valid: Readonly<Record<string, unknown>>): readonly BrokenObject[] {
  const members = Object.entries(valid).map(([name, value]) => [name, JSON.stringify(value)] as const);
  const unknown = {
    why: "a member that nobody knows",
    member: "x",
    text: objectText([...members, ["x", "1"]]),
  };
  return [unknown, ...members.flatMap((_, index) => broken(members, index))];
}

type MemberText = readonly [name: string, value: string];

function broken(members: readonly MemberText[], index: number): readonly BrokenObject[] {
  const [name, value] = members[index] ?? ["", ""];
  const replaced = (...instead: readonly MemberText[]) =>
    objectText([...members.slice(0, index), ...instead, ...members.slice(index + 1)]);
  const capitals = name.toUpperCase();
  const types = Object.entries(valuesByType).filter(([, text]) => text[0] !== value[0]);
  return [
    { why: `${name} twice`, member: name, text: objectText([...members, [name, value]]) },
    {
      why: `${name} once more, escaped`,
      member: name,
      text: objectText([...members, [escaped(name), value]]),
    },
    { why: `${name} in capitals`, member: capitals, text: replaced([capitals, value]) },
    ...types.map(([type, text]) => ({
      why: `${type} for ${name}`,
      member: name,
      text: replaced([name, text]),
    })),
  ];
}

const valuesByType = {
  "a number": "1",
  "a truth value": "true",
  "a list": "[{}]",
  "an object": "{}",
  "a text": `"!"`,
};

function escaped(name: string): string {
  return `\\u${name.charCodeAt(0).toString(16).padStart(4, "0")}${name.slice(1)}`;
}

function objectText(members: readonly MemberText[]): string {
  return `{${members.map(([name, value]) => `"${name}":${value}`).join(",")}}`;
}
