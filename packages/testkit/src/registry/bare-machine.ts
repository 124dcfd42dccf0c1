import { type UserEnvironment, userEnvironment } from "@countersign/sources/environment";

/** A machine with nothing on it, for what would look at its CAs and proxies. */
export const bareMachine: UserEnvironment = {
  ...userEnvironment({}, { home: "/nonexistent", uid: 0 }),
  systemRoot: "/nonexistent",
};
