/** Where a pickle is written: one buffer that grows, not one for each opcode. */

/** What most sessions fit into. */
const FIRST_BYTES = 2_048;

/** A buffer that grows: opcodes with their operands. */
export class PickleOutput {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  #room(length: number): void {
    if (this.#at + length <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + length));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }

  byte(byte: number): void {
    this.#room(1);
    this.#buffer[this.#at++] = byte;
  }

  pair(opcode: number, operand: number): void {
    this.#room(2);
    this.#buffer[this.#at++] = opcode;
    this.#buffer[this.#at++] = operand;
  }

  uint32(opcode: number, operand: number): void {
    this.#room(5);
    this.#buffer[this.#at] = opcode;
    this.#buffer.writeUInt32LE(operand, this.#at + 1);
    this.#at += 5;
  }

  double(opcode: number, operand: number): void {
    this.#room(9);
    this.#buffer[this.#at] = opcode;
    this.#buffer.writeDoubleBE(operand, this.#at + 1);
    this.#at += 9;
  }

  /** As SHORT_BINUNICODE where it is short enough, else BINUNICODE. */
  text(text: string): void {
    const length = Buffer.byteLength(text);
    if (length < 256) this.pair(0x8c, length);
    else this.uint32(0x58, length);
    this.#room(length);
    this.#at += this.#buffer.write(text, this.#at, length, 'utf8');
  }

  append(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }
}
