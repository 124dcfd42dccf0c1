import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import { askSecret } from "./ask-secret.ts";

/** A terminal at which somebody types. */
class Keyboard extends EventEmitter {
  readonly isTTY = true;
  raw = false;
  shown = "";
  setRawMode(raw: boolean): this {
    this.raw = raw;
    return this;
  }
  resume(): this {
    return this;
  }
  pause(): this {
    return this;
  }
  write(text: string): boolean {
    this.shown += text;
    return true;
  }
  type(...chunks: readonly string[]): void {
    for (const chunk of chunks) this.emit("data", Buffer.from(chunk));
  }
}

function asked(keyboard: Keyboard): Promise<string | undefined> {
  return askSecret("Password: ", keyboard as never, keyboard);
}

describe("askSecret", () => {
  const rows: readonly (readonly [what: string, typed: readonly string[], told: string])[] = [
    ["what is typed", ["s", "3", "cret", "\r"], "s3cret"],
    ["an empty line", ["\n"], ""],
    ["what is left after corrections", ["ab\u007f", "c\b\b", "d\r"], "d"],
    ["letters of any alphabet", ["ключ\r"], "ключ"],
  ];
  for (const [what, typed, told] of rows) {
    it(`gives ${what}, and shows none of it`, async () => {
      const keyboard = new Keyboard();
      const answer = asked(keyboard);
      assert.equal(keyboard.raw, true);
      keyboard.type(...typed);
      assert.equal(await answer, told);
      assert.deepEqual([keyboard.shown, keyboard.raw], ["Password: \n", false]);
    });
  }

  it("gives up at ctrl-C, and leaves the terminal as it was", async () => {
    const keyboard = new Keyboard();
    const answer = asked(keyboard);
    keyboard.type("abc\u0003");
    await assert.rejects(answer, { code: "CANCELLED" });
    assert.equal(keyboard.raw, false);
  });

  it("asks nobody where nobody is", async () =>
    assert.equal(await askSecret("?", { isTTY: false } as never, new Keyboard()), undefined));
});
