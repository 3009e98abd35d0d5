/**
 * Reads Python's pickle, protocols 0 to 5, as data alone: nothing is imported, called or looked up. What would be a
 * call in Python becomes a `PythonObject` that says which. Format: CPython's `pickletools.py`.
 */
import { MalformedRecordError } from '../errors.ts';
import { DictDraft, Finisher, Float } from './pickle-finish.ts';
import { type BuildStep, PythonGlobal, PythonObject, PythonTuple } from './python-values.ts';

const MARK = Symbol('mark');

/** Protocols up to 2 name these modules as Python 2 did. */
const PYTHON_2_MODULES: ReadonlyMap<string, string> = new Map([
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
]);

/** The value of a pickle. Throws `MalformedRecordError` where there is none; takes time and memory linear in the text. */
export function readPickle(bytes: Uint8Array): unknown {
  return new Unpickler(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).load();
}

class Unpickler {
  readonly #bytes: Buffer;
  #at = 0;
  #stack: unknown[] = [];
  #memo = new Map<number, unknown>();
  #protocol = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  load(): unknown {
    for (;;) {
      const opcode = this.#u8();
      if (opcode === 0x2e) break;
      this.#run(opcode);
    }
    return new Finisher().finish(this.#pop());
  }

  #fault(why: string): MalformedRecordError {
    return new MalformedRecordError(`The cached value cannot be read: ${why} (at byte ${this.#at}).`);
  }

  #take(length: number): Buffer {
    const from = this.#skip(length);
    return this.#bytes.subarray(from, from + length);
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end === -1) throw this.#fault('a line does not end');
    const text = this.#bytes.subarray(this.#at, end).toString('latin1');
    this.#at = end + 1;
    return text;
  }

  /** Goes on by so many bytes; returns where they begin. */
  #skip(length: number): number {
    const from = this.#at;
    if (!(length >= 0) || from + length > this.#bytes.length) throw this.#fault('the pickle ends too early');
    this.#at = from + length;
    return from;
  }

  #u8(): number {
    return this.#bytes[this.#skip(1)]!;
  }

  #u16(): number {
    return this.#bytes.readUInt16LE(this.#skip(2));
  }

  #u32(): number {
    return this.#bytes.readUInt32LE(this.#skip(4));
  }

  #u64(): number {
    const value = this.#bytes.readBigUInt64LE(this.#skip(8));
    if (value > BigInt(this.#bytes.length)) throw this.#fault('a length goes beyond the pickle');
    return Number(value);
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  #pop(): unknown {
    if (this.#stack.length === 0) throw this.#fault('the stack is empty');
    const value = this.#stack.pop();
    if (value === MARK) throw this.#fault('a mark in place of a value');
    return value;
  }

  #top(): unknown {
    if (this.#stack.length === 0) throw this.#fault('the stack is empty');
    return this.#stack.at(-1);
  }

  #popMark(): unknown[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at === -1) throw this.#fault('a mark is missing');
    const items = this.#stack.splice(at + 1);
    this.#stack.pop();
    return items;
  }

  #popSome(count: number): unknown[] {
    const from = this.#stack.length - count;
    if (from < 0) throw this.#fault('the stack is empty');
    const items = this.#stack.splice(from);
    if (items.includes(MARK)) throw this.#fault('a mark in place of a value');
    return items;
  }

  #run(opcode: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        this.#protocol = this.#u8();
        if (this.#protocol > 5) throw this.#fault('a pickle protocol above 5');
        return;
      case 0x95: // FRAME
        this.#u64();
        return;
      case 0x28: // MARK
        return this.#push(MARK);
      case 0x30: // POP
        this.#stack.pop();
        return;
      case 0x31: // POP_MARK
        this.#popMark();
        return;
      case 0x32: // DUP
        return this.#push(this.#top());
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x49: // INT
        return this.#push(this.#decimal(this.#line(), true));
      case 0x4c: // LONG
        return this.#push(this.#decimal(this.#line().replace(/L$/, ''), false));
      case 0x4a: // BININT
        return this.#push(this.#bytes.readInt32LE(this.#skip(4)));
      case 0x4b: // BININT1
        return this.#push(this.#u8());
      case 0x4d: // BININT2
        return this.#push(this.#u16());
      case 0x8a: // LONG1
        return this.#push(this.#long(this.#u8()));
      case 0x8b: // LONG4
        return this.#push(this.#long(this.#bytes.readInt32LE(this.#skip(4))));
      case 0x47: // BINFLOAT
        return this.#push(this.#float(this.#bytes.readDoubleBE(this.#skip(8))));
      case 0x46: // FLOAT
        return this.#push(this.#float(pythonFloat(this.#line())));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#text(this.#u8()));
      case 0x58: // BINUNICODE
        return this.#push(this.#text(this.#u32()));
      case 0x8d: // BINUNICODE8
        return this.#push(this.#text(this.#u64()));
      case 0x56: // UNICODE
        return this.#push(rawUnicode(this.#line()));
      case 0x43: // SHORT_BINBYTES
        return this.#push(new Uint8Array(this.#take(this.#u8())));
      case 0x42: // BINBYTES
        return this.#push(new Uint8Array(this.#take(this.#u32())));
      case 0x8e: // BINBYTES8
        return this.#push(new Uint8Array(this.#take(this.#u64())));
      case 0x5d: // EMPTY_LIST
        return this.#push([]);
      case 0x6c: // LIST
        return this.#push(this.#popMark());
      case 0x61: // APPEND
        return this.#append(this.#popSome(1));
      case 0x65: // APPENDS
        return this.#append(this.#popMark());
      case 0x7d: // EMPTY_DICT
        return this.#push(new DictDraft());
      case 0x64: {
        // DICT
        const items = this.#popMark();
        this.#push(new DictDraft());
        return this.#setItems(items);
      }
      case 0x73: // SETITEM
        return this.#setItems(this.#popSome(2));
      case 0x75: // SETITEMS
        return this.#setItems(this.#popMark());
      case 0x29: // EMPTY_TUPLE
        return this.#push(new PythonTuple([]));
      case 0x85: // TUPLE1
        return this.#push(new PythonTuple(this.#popSome(1)));
      case 0x86: // TUPLE2
        return this.#push(new PythonTuple(this.#popSome(2)));
      case 0x87: // TUPLE3
        return this.#push(new PythonTuple(this.#popSome(3)));
      case 0x74: // TUPLE
        return this.#push(new PythonTuple(this.#popMark()));
      case 0x8f: // EMPTY_SET
        return this.#push(
          new PythonObject('reduce', new PythonGlobal('builtins', 'set'), new PythonTuple([new PythonTuple([])])),
        );
      case 0x90: {
        // ADDITEMS
        const items = this.#popMark();
        return this.#step({ step: 'add', items });
      }
      case 0x91: // FROZENSET
        return this.#push(
          new PythonObject('reduce', new PythonGlobal('builtins', 'frozenset'), new PythonTuple([this.#popMark()])),
        );
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        return;
      case 0x71: // BINPUT
        this.#memo.set(this.#u8(), this.#top());
        return;
      case 0x72: // LONG_BINPUT
        this.#memo.set(this.#u32(), this.#top());
        return;
      case 0x70: // PUT
        this.#memo.set(Number(this.#line()), this.#top());
        return;
      case 0x68: // BINGET
        return this.#recall(this.#u8());
      case 0x6a: // LONG_BINGET
        return this.#recall(this.#u32());
      case 0x67: // GET
        return this.#recall(Number(this.#line()));
      case 0x63: // GLOBAL
        return this.#push(this.#global());
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popSome(2);
        if (typeof module !== 'string' || typeof name !== 'string') throw this.#fault('a name is not a string');
        return this.#push(new PythonGlobal(module, name));
      }
      case 0x52: {
        // REDUCE
        const [callable, args] = this.#popSome(2);
        return this.#push(new PythonObject('reduce', callable, args));
      }
      case 0x81: {
        // NEWOBJ
        const [callable, args] = this.#popSome(2);
        return this.#push(new PythonObject('new', callable, args));
      }
      case 0x92: {
        // NEWOBJ_EX
        const [callable, args, kwargs] = this.#popSome(3);
        return this.#push(new PythonObject('new', callable, args, kwargs));
      }
      case 0x62: // BUILD
        return this.#step({ step: 'build', state: this.#pop() });
      case 0x69: {
        // INST
        const callable = this.#global();
        return this.#push(new PythonObject('reduce', callable, new PythonTuple(this.#popMark())));
      }
      case 0x6f: {
        // OBJ
        const [callable, ...args] = this.#popMark();
        return this.#push(new PythonObject('reduce', callable, new PythonTuple(args)));
      }
      default:
        throw this.#fault(`the opcode 0x${opcode.toString(16)} is not for session data`);
    }
  }

  #global(): PythonGlobal {
    const module = this.#line();
    return new PythonGlobal(this.#protocol < 3 ? (PYTHON_2_MODULES.get(module) ?? module) : module, this.#line());
  }

  #recall(at: number): void {
    if (!this.#memo.has(at)) throw this.#fault('a reference to an unknown value');
    this.#push(this.#memo.get(at));
  }

  #append(items: unknown[]): void {
    const list = this.#top();
    if (Array.isArray(list)) for (const item of items) list.push(item);
    else this.#step({ step: 'append', items });
  }

  #setItems(items: unknown[]): void {
    if (items.length % 2 !== 0) throw this.#fault('a key without a value');
    const dict = this.#top();
    if (dict instanceof DictDraft) {
      for (let index = 0; index < items.length; index += 2) {
        const key = items[index];
        if (typeof key === 'object' && key !== null && !(key instanceof Float) && !(key instanceof PythonTuple))
          throw this.#fault('a key is not a plain value');
        if (typeof key !== 'string') dict.isObject = false;
        dict.entries.set(key, items[index + 1]);
      }
      return;
    }
    const entries: [unknown, unknown][] = [];
    for (let index = 0; index < items.length; index += 2) entries.push([items[index], items[index + 1]]);
    this.#step({ step: 'set', entries });
  }

  #step(step: BuildStep): void {
    const object = this.#top();
    if (!(object instanceof PythonObject)) throw this.#fault('a step without an object');
    object.steps.push(step);
  }

  #decimal(text: string, mayBeBoolean: boolean): unknown {
    if (mayBeBoolean && text === '00') return false;
    if (mayBeBoolean && text === '01') return true;
    if (!/^[-+]?\d{1,4300}$/.test(text)) throw this.#fault('a number is malformed');
    return integer(BigInt(text));
  }

  #long(length: number): number | bigint {
    const bytes = this.#take(length);
    if (length === 0) return 0;
    const hex = Buffer.from(Uint8Array.from(bytes).toReversed()).toString('hex');
    const value = BigInt(`0x${hex}`);
    return integer(bytes.at(-1)! & 0x80 ? value - (1n << BigInt(8 * length)) : value);
  }

  #float(value: number): number | Float {
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? new Float(value) : value;
  }

  /** UTF-8 with lone surrogates let through (Python's `surrogatepass`). */
  #text(length: number): string {
    const from = this.#skip(length);
    const text = this.#bytes.toString('utf8', from, from + length);
    if (!text.includes('\uFFFD')) return text;
    return decodeSurrogates(this.#bytes.subarray(from, from + length), () => this.#fault('text that is not UTF-8'));
  }
}

const integer = (value: bigint): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

function pythonFloat(text: string): number {
  const match = /^(-?)(?:inf|(nan))$/.exec(text);
  if (match !== null) return match[2] ? Number.NaN : match[1] ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

/** Protocol 0: Latin-1 with `\uXXXX` and `\UXXXXXXXX`. */
const rawUnicode = (text: string): string =>
  text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (whole, short: string, long: string) => {
    const code = Number.parseInt(short ?? long, 16);
    return code > 0x10_ff_ff ? whole : String.fromCodePoint(code);
  });

function decodeSurrogates(bytes: Buffer, fault: () => Error): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  let from = 0;
  const plain = (end: number) => {
    try {
      return decoder.decode(bytes.subarray(from, end));
    } catch {
      throw fault();
    }
  };
  for (let at = 0; at + 2 < bytes.length; at++) {
    // ED A0..BF xx is a surrogate: U+D800 to U+DFFF.
    if (bytes[at] !== 0xed || bytes[at + 1]! < 0xa0 || bytes[at + 1]! > 0xbf) continue;
    text += plain(at);
    text += String.fromCharCode(0xd000 | ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f));
    at += 2;
    from = at + 1;
  }
  return text + plain(bytes.length);
}
