import { unquoteGo } from "../../e2e/differential/go-text.ts";
import { openSkopeoShell } from "./skopeo-shell.ts";

/** Lets skopeo load a directory with one registries.d file. */
export interface RegistriesDReader {
  read(file: Uint8Array): Promise<RegistriesDReading>;
  close(): Promise<void>;
}

export interface RegistriesDReading {
  /** what skopeo finds wrong with the file; undefined when it takes it */
  readonly fault: string | undefined;
  /** what it then takes for the address of the lookaside; undefined where it finds none */
  readonly lookaside: string | undefined;
}

/** Nobody listens there; what is configured for it is told before that is noticed. */
const command = "--registries.d . --debug inspect docker://127.0.0.1:1/team/app";

/** @throws Error when skopeo is not installed */
export async function openRegistriesDReader(): Promise<RegistriesDReader> {
  const skopeo = await openSkopeoShell(command);
  const reader: RegistriesDReader = {
    async read(file) {
      await skopeo.run({ "a.yaml": file });
      return readingIn(await skopeo.transcript());
    },
    close: () => skopeo.close(),
  };
  const { lookaside } = await reader.read(Buffer.from("default-docker: {lookaside: 'a b'}"));
  if (lookaside !== "a b") throw new Error(`skopeo does not tell which lookaside it takes: ${lookaside}`);
  return reader;
}

function readingIn(said: string): RegistriesDReading {
  const messages = [...said.matchAll(/ level=\w+ msg=(".*"|\S*)$/gm)].map(([, message = ""]) =>
    unquoteGo(message),
  );
  const fault = messages.find((message) => message.includes("parsing a.yaml: "));
  const used = messages.map((message) => /^ {2}Using "(?:lookaside|sigstore)" (.*)$/s.exec(message)?.[1]);
  return { fault, lookaside: used.find((address) => address !== undefined) };
}
