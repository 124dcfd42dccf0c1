/** What a registry answers, before any fault spoils it. */
export interface RegistryAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Uint8Array;
}

export function answer(
  status: number,
  headers: RegistryAnswer["headers"] = {},
  body: string | Uint8Array = "",
): RegistryAnswer {
  return { status, headers, body: typeof body === "string" ? Buffer.from(body) : body };
}

export function json(
  status: number,
  value: unknown,
  headers: RegistryAnswer["headers"] = {},
): RegistryAnswer {
  return answer(status, { "content-type": "application/json", ...headers }, JSON.stringify(value));
}

/** An error list of the distribution specification, as docker-registry writes it. */
export function refusal(
  status: number,
  code: string,
  message: string,
  headers: RegistryAnswer["headers"] = {},
): RegistryAnswer {
  return json(status, { errors: [{ code, message, detail: null }] }, headers);
}
