/** Who we are to a registry. Never part of a message or a log line. */
export type RegistryCredentials =
  | { readonly type: "basic"; readonly username: string; readonly password: string }
  /** an OAuth2 refresh token, exchanged at the registry's token server */
  | { readonly type: "identityToken"; readonly token: string }
  /** a bearer token that is sent as it is */
  | { readonly type: "registryToken"; readonly token: string };
