/** Django's records, decoded by the observer's own means: signed text, and a pickle of plain values. */
import { inflateSync } from 'node:zlib';
import type { Dump } from '../values.ts';
import { dump } from './node-values.ts';

/** `[.]payload:time:signature`; the signature is the store's to check. `null`: it is none. */
export function decodeSigned(text: string): Dump | null {
  const parts = text.split(':');
  if (parts.length !== 3) return null;
  const isPacked = parts[0]!.startsWith('.');
  try {
    const bytes = Buffer.from(isPacked ? parts[0]!.slice(1) : parts[0]!, 'base64url');
    return dump(JSON.parse((isPacked ? inflateSync(bytes) : bytes).toString('latin1')));
  } catch {
    return null;
  }
}

const MARK = Symbol('mark');

/** What a cache holds: dicts, lists, tuples, texts, numbers. Throws where there is anything else in it. */
export function decodePickle(bytes: Buffer): Dump {
  const stack: unknown[] = [];
  const memo: unknown[] = [];
  let at = 0;
  const take = (length: number) => bytes.subarray(at, (at += length));
  const sinceMark = () => stack.splice(stack.lastIndexOf(MARK)).slice(1);
  const setAll = (items: unknown[]) => {
    const dict = stack.at(-1) as Map<unknown, unknown>;
    for (let index = 0; index < items.length; index += 2) dict.set(items[index], items[index + 1]);
  };
  const tuple = (items: unknown[]) => stack.push(new Tuple(items));
  while (at < bytes.length) {
    const code = bytes[at++]!;
    switch (code) {
      case 0x80:
        at += 1;
        break;
      case 0x95:
        at += 8;
        break;
      case 0x94:
        memo.push(stack.at(-1));
        break;
      case 0x71: // 'q', 'r': memo by number
        memo[bytes[at++]!] = stack.at(-1);
        break;
      case 0x68:
        stack.push(memo[bytes[at++]!]);
        break;
      case 0x6a:
        stack.push(memo[take(4).readUInt32LE()]);
        break;
      case 0x28:
        stack.push(MARK);
        break;
      case 0x7d:
        stack.push(new Map());
        break;
      case 0x5d:
        stack.push([]);
        break;
      case 0x29:
        tuple([]);
        break;
      case 0x85:
      case 0x86:
      case 0x87:
        tuple(stack.splice(stack.length - (code - 0x84)));
        break;
      case 0x74:
        tuple(sinceMark());
        break;
      case 0x8c:
        stack.push(take(bytes[at++]!).toString('utf8'));
        break;
      case 0x58:
        stack.push(take(take(4).readUInt32LE()).toString('utf8'));
        break;
      case 0x4b:
        stack.push(bytes[at++]);
        break;
      case 0x4d:
        stack.push(take(2).readUInt16LE());
        break;
      case 0x4a:
        stack.push(take(4).readInt32LE());
        break;
      case 0x8a: {
        const digits = take(bytes[at++]!);
        let value = 0n;
        for (let index = digits.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(digits[index]!);
        stack.push(Number(BigInt.asIntN(digits.length * 8, value)));
        break;
      }
      case 0x47:
        stack.push(take(8).readDoubleBE());
        break;
      case 0x4e:
        stack.push(null);
        break;
      case 0x88:
      case 0x89:
        stack.push(code === 0x88);
        break;
      case 0x61: {
        const item = stack.pop();
        (stack.at(-1) as unknown[]).push(item);
        break;
      }
      case 0x65: {
        const items = sinceMark();
        (stack.at(-1) as unknown[]).push(...items);
        break;
      }
      case 0x73:
        setAll(stack.splice(-2));
        break;
      case 0x75:
        setAll(sinceMark());
        break;
      case 0x2e:
        return dumpPython(stack.pop());
      default:
        throw new Error(`opcode ${code.toString(16)} at ${at - 1}`);
    }
  }
  throw new Error('a pickle without an end');
}

class Tuple {
  readonly items: unknown[];
  constructor(items: unknown[]) {
    this.items = items;
  }
}

function dumpPython(value: unknown): Dump {
  if (value instanceof Tuple) return ['tuple', value.items.map(dumpPython)];
  if (Array.isArray(value)) return ['list', value.map(dumpPython)];
  if (!(value instanceof Map)) return dump(value);
  const entries = [...(value as Map<unknown, unknown>)];
  return entries.every(([key]) => typeof key === 'string')
    ? ['object', entries.map(([key, part]): [string, Dump] => [key as string, dumpPython(part)])]
    : ['map', entries.map(([key, part]): [Dump, Dump] => [dumpPython(key), dumpPython(part)])];
}
