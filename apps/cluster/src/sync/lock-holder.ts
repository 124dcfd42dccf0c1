import { connect } from "node:net";

/** How long a holder is given to say who it is, in all; that it is there is known before. */
const introductionMs = 1_000;
const longestIntroduction = 300;

/**
 * Who listens at a socket, in words for a person; undefined if nobody does, or it is not there. What it says of itself may be
 * anything: it comes in quotation marks, without what would move a terminal's cursor.
 * @throws NodeJS.ErrnoException if it cannot be asked
 */
export function holderOf(path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let said = "";
    let isConnected = false;
    const socket = connect(path);
    const end = () => {
      clearTimeout(deadline);
      socket.destroy();
    };
    const tell = () => {
      end();
      resolve(said === "" ? "a process that does not say who it is" : quoted(said));
    };
    // for all that it says, and not since its last byte: it might send one now and then for ever
    const deadline = setTimeout(tell, introductionMs);
    socket.setEncoding("latin1");
    socket.on("connect", () => {
      isConnected = true;
    });
    socket.on("data", (text) => {
      said += text;
      if (said.length >= longestIntroduction) tell();
    });
    socket.on("end", tell);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // with a full queue of callers somebody listens
      if (isConnected || error.code === "EAGAIN") return tell();
      end();
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(undefined);
      else reject(error);
    });
  });
}

function quoted(text: string): string {
  const plain = text.slice(0, longestIntroduction).replace(/[^\x20-\x7e]/g, "?");
  return JSON.stringify(plain);
}
