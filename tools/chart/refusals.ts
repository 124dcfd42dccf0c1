import type { ValueSpec } from "./values/value-spec.ts";

/** Choices that the schema would refuse in words that help nobody, or that only together are wrong. */
export interface Refusal {
  /** all must be met: a path of the choices, and what its value, a text, looks like; as Go and JavaScript read it */
  readonly when: readonly (readonly [path: ValueSpec["path"], pattern: string])[];
  /** what to do, without a quote or a backslash */
  readonly text: string;
}

const howToHaveAnImage =
  "there is no published image. Build it and push it to a registry of yours (docs/guide/deploy.md, The image), then give it with --set image=REGISTRY/countersign@sha256:DIGEST";

export const refusals: readonly Refusal[] = [
  { when: [["image", "^$"]], text: `image is not given: ${howToHaveAnImage}` },
  {
    // Names that stand for others in texts, which are nobody's. Source: RFC 2606, sections 2 and 3.
    when: [
      [
        "image",
        "^[^/]*[.]example(?::[0-9]+)?/|^(?:[^/]*[.])?example[.](?:com|net|org)/|^(?:YOUR[-_][^/]*|REGISTRY)/|…|[.][.][.]|DIGEST",
      ],
    ],
    text: `image is the placeholder of the documentation, and not an image: ${howToHaveAnImage}`,
  },
  {
    // CRI-O would go by the global policy alone if namespaces' policies were written where the gateway looks.
    when: [
      ["sync.target", "^crio$"],
      ["sync.policyDirectory", "^/etc/countersign/policies/?$"],
    ],
    text: "sync.target is crio, and CRI-O does not look for policies of namespaces in sync.policyDirectory, which is the gateway's: give --set sync.policyDirectory=/etc/crio/policies, or what signature_policy_dir is in crio.conf",
  },
];

/** A template that renders to nothing, or fails with what is wrong. */
export function refusalsTemplate(writtenBy: string): string {
  const lines = refusals.flatMap(({ when, text }) => [
    ...when.map(([path, pattern]) => `{{- if regexMatch ${JSON.stringify(pattern)} $.Values.${path} }}`),
    `{{- fail ${JSON.stringify(text)} }}`,
    ...when.map(() => "{{- end }}"),
  ]);
  return [`{{- /* ${writtenBy} */ -}}`, ...lines, ""].join("\n");
}
