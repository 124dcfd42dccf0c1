/** Any object of the API server, as far as all are alike. Its kind's own part is read by who knows it. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ApiMetadata;
  readonly spec?: unknown;
  readonly status?: unknown;
  /** of a ConfigMap or a Secret */
  readonly data?: unknown;
  readonly [member: string]: unknown;
}

export interface ApiMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly [member: string]: unknown;
}

/** What a caller writes: the API server adds the rest of the metadata. */
export type NewObject = ApiObject;
