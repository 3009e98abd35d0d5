/** Values that hold no further ones: dates, bytes, errors, and what cannot be looked into. */
import { types } from 'node:util';
import { LIMITS, type TaggedValue } from '../../../../protocol/index.ts';
import type { Digest } from './digest.ts';

/** Name of a value's class, by data properties of its prototype chain only: `Object` where none says. */
export const classOf = (value: object): string => {
  // `constructor` may be a getter.
  for (
    let object: object | null = Object.getPrototypeOf(value);
    object !== null;
    object = Object.getPrototypeOf(object)
  ) {
    if (types.isProxy(object)) return 'Proxy';
    const constructor = Object.getOwnPropertyDescriptor(object, 'constructor')?.value as unknown;
    if (typeof constructor !== 'function' || types.isProxy(constructor)) continue;
    return functionName(constructor) || 'Object';
  }
  return 'Object';
};

/** A function's name, as it is stored; empty where a getter would have to be asked. */
export function functionName(value: object): string {
  const name = Object.getOwnPropertyDescriptor(value, 'name')?.value as unknown;
  return typeof name === 'string' ? name.slice(0, LIMITS.nameLength) : '';
}

/** A digest of bytes is one of these first ones: what changes behind them alone is not seen. */
const MAX_DIGESTED_BYTES = 1 << 20;

type Extent = Record<'buffer' | 'byteOffset' | 'byteLength', (this: unknown) => never>;

/** The built-in getters: a subclass may have put its own in their place. */
const extentOf = (prototype: object): Extent =>
  Object.fromEntries(
    ['buffer', 'byteOffset', 'byteLength'].map((name) => [
      name,
      Object.getOwnPropertyDescriptor(prototype, name)!.get!,
    ]),
  ) as Extent;
const typedArrayExtent = extentOf(Object.getPrototypeOf(Uint8Array.prototype) as object);
const dataViewExtent = extentOf(DataView.prototype);

/** What a view, or a buffer, holds; nothing where its memory was given away. */
function bytesOf(value: ArrayBufferView | ArrayBufferLike): Buffer {
  try {
    if (!ArrayBuffer.isView(value)) return Buffer.from(value);
    const extent = types.isDataView(value) ? dataViewExtent : typedArrayExtent;
    return Buffer.from(extent.buffer.call(value), extent.byteOffset.call(value), extent.byteLength.call(value));
  } catch {
    return Buffer.alloc(0);
  }
}

/**
 * `value` encoded, where it is of a kind that holds no further values; `undefined`: it may hold some. Neither a proxy
 * nor a function is asked for. Runs no code of the program.
 */
export function encodeLeaf(value: object, digest: Digest): TaggedValue | undefined {
  if (types.isDate(value)) {
    const time = Date.prototype.getTime.call(value);
    return { $: 'date', iso: Number.isNaN(time) ? null : new Date(time).toISOString() };
  }
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) {
    const bytes = bytesOf(value);
    const head = bytes.subarray(0, LIMITS.binaryHead).toString('base64');
    // Latin-1 gives each byte one code unit: a digest of the content without a copy in another form.
    return {
      $: 'bytes',
      class: classOf(value),
      length: bytes.length,
      head,
      digest: digest(bytes.subarray(0, MAX_DIGESTED_BYTES).toString('latin1')),
    };
  }
  if (types.isNativeError(value)) {
    const text = (name: string) => {
      const own = Object.getOwnPropertyDescriptor(value, name)?.value as unknown;
      return typeof own === 'string' ? own : undefined;
    };
    return {
      $: 'error',
      name: text('name')?.slice(0, LIMITS.nameLength) ?? classOf(value),
      message: (text('message') ?? '').slice(0, LIMITS.textLength),
    };
  }
  if (types.isRegExp(value)) {
    const source = Object.getOwnPropertyDescriptor(RegExp.prototype, 'source')!.get!.call(value) as string;
    return { $: 'opaque', class: 'RegExp', text: source.slice(0, LIMITS.textLength) };
  }
  if (
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isGeneratorObject(value) ||
    types.isExternal(value)
  ) {
    return { $: 'opaque', class: classOf(value) };
  }
  if (types.isBoxedPrimitive(value)) {
    const primitive: unknown = types.isStringObject(value)
      ? String.prototype.valueOf.call(value)
      : types.isNumberObject(value)
        ? Number.prototype.valueOf.call(value)
        : types.isBooleanObject(value)
          ? Boolean.prototype.valueOf.call(value)
          : undefined;
    return {
      $: 'opaque',
      class: classOf(value),
      ...(primitive === undefined ? {} : { text: String(primitive).slice(0, LIMITS.textLength) }),
    };
  }
  return undefined;
}
