/**
 * A YAML value as Go's yaml.v3 sees it when it fills a struct: a scalar is a text first, and becomes something else
 * only where something else is asked for.
 */
export type YamlValue =
  | { readonly kind: "null" }
  | YamlScalar
  | { readonly kind: "sequence" }
  | {
      readonly kind: "mapping";
      /**
       * Its members by their keys, merges (`<<`) taken in; read only when asked for, as aliases can make a few lines
       * stand for millions.
       * @throws CountersignError CONFIG_INVALID for a key that comes twice or is no text
       */
      readonly members: () => ReadonlyMap<string, YamlValue>;
    };

export interface YamlScalar {
  readonly kind: "scalar";
  /** without quotes, escapes and line folding */
  readonly text: string;
  /** written without quotes */
  readonly plain: boolean;
}
