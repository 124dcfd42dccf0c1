import { defaultWindow } from "./frame.ts";
import { tableBytes } from "./hpack-decoder.ts";
import { type Settings, setting } from "./settings.ts";

/** The settings a caller has announced, and what they mean for answers that are written here. */
export class CallerSettings {
  readonly #all = new Map<number, number>();
  #announced = false;
  #tableUpdate: Buffer = Buffer.alloc(0);

  /** whether the caller has sent SETTINGS, which may have been empty */
  get announced(): boolean {
    return this.#announced;
  }

  /** all announced so far, the latest value of each */
  get all(): Settings {
    return this.#all;
  }

  get initialWindow(): number {
    return this.#all.get(setting.initialWindowSize) ?? defaultWindow;
  }

  /** @returns by how much the window of every open stream changes (RFC 9113 §6.9.2) */
  announce(settings: Settings): number {
    this.#announced = true;
    const before = this.initialWindow;
    for (const [name, value] of settings) this.#all.set(name, value);
    return this.initialWindow - before;
  }

  /**
   * The caller has been told that its settings are in force. If its table shrank, its decoder now insists that
   * the next header block says so first (RFC 7541 §4.2), and ours may come before the runtime's.
   */
  acknowledged(): void {
    const size = this.#all.get(setting.headerTableSize) ?? tableBytes;
    this.#tableUpdate = size < tableBytes ? tableSizeUpdate(size) : Buffer.alloc(0);
  }

  /** what every header block written here begins with; usually nothing */
  get blockPrefix(): Buffer {
    return this.#tableUpdate;
  }
}

/** RFC 7541 §6.3, for sizes below 4096. */
export function tableSizeUpdate(size: number): Buffer {
  if (size < 31) return Buffer.of(0x20 | size);
  const rest = size - 31;
  return rest < 128 ? Buffer.of(0x3f, rest) : Buffer.of(0x3f, 0x80 | (rest & 0x7f), rest >>> 7);
}
