/** Variables of a process; undefined for those that it is not to have. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What programs see that are started here to be measured or tried: Node would load these files whether or not they are needed. */
export const environment: Environment = {
  ...process.env,
  NODE_EXTRA_CA_CERTS: undefined,
  NODE_OPTIONS: undefined,
};
