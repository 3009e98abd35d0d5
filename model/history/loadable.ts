/** What of a moment's session was not sent whole, and where it is to be had. */
import type { EncodedValue, KeyPath } from '../../protocol/index.ts';
import { isLoadable, valueAt } from '../values/parts.ts';
import type { Origin } from './memory.ts';
import type { DiffSide } from './sides.ts';

export interface Loadable {
  origin: Origin;
  value: EncodedValue;
}

/** The value at a path of a side, where more of it can be asked for; else none. */
export function loadableAt(side: DiffSide | undefined, path: KeyPath): Loadable[] {
  const value = side && valueAt(side.value, path);
  if (value === undefined || value === 'unknown' || !isLoadable(value)) return [];
  const origin = side!.originOf(path);
  return origin === undefined ? [] : [{ origin, value }];
}
