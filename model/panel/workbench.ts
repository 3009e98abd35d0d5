/** What the panel's user has arranged: sizes, the value that is open, the key that is watched. No DOM, no browser. */
import { signal } from '@preact/signals-core';
import type { EncodedValue, KeyPath } from '../../protocol/index.ts';
import type { Origin } from '../history/memory.ts';

/** Editors that a source line can open in: how each is named, and the scheme of its links. */
export const EDITORS = {
  vscode: 'VS Code',
  'vscode-insiders': 'VS Code Insiders',
  vscodium: 'VSCodium',
  cursor: 'Cursor',
  windsurf: 'Windsurf',
  zed: 'Zed',
} as const;
export type Editor = keyof typeof EDITORS;

/** A value that is read in full, in the viewer. */
export interface ViewedValue {
  /** Where it stands: `cart.items`, `before of #4 set cart`. */
  title: string;
  value: EncodedValue;
  /** What recorded it, to fetch the rest of it; absent: it is all that is known. */
  origin?: Origin;
}

/** Columns of the timeline whose width can be changed. */
export const SIZED_COLUMNS = ['status', 'session', 'record', 'cookie', 'time', 'bars'] as const;
export type SizedColumn = (typeof SIZED_COLUMNS)[number];

/** px; narrower, a column's title can't be read. */
const MIN_COLUMN_PX = 36;
/** px; wider, the request has no room left. */
const MAX_COLUMN_PX = 480;

/** Percent of the panel: neither pane can be pushed away. */
export const PANE_LIMITS = { min: 20, max: 80 } as const;

export const DEFAULT_SHARES = { beside: 56, stacked: 46 } as const;
export type Arrangement = keyof typeof DEFAULT_SHARES;

const between = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

export type Workbench = ReturnType<typeof createWorkbench>;

export function createWorkbench() {
  const editor = signal<Editor>('vscode');
  const viewed = signal<ViewedValue | undefined>(undefined);
  const watched = signal<KeyPath | undefined>(undefined);
  const shares = signal<Readonly<Record<Arrangement, number>>>(DEFAULT_SHARES);
  const columns = signal<Readonly<Partial<Record<SizedColumn, number>>>>({});
  const wraps = signal(true);
  const notice = signal('');
  return {
    editor,
    /** The value in the viewer; `undefined`: it is closed. */
    viewed,
    /** The key that is followed over all requests. */
    watched,
    /** Percent of the panel that the list takes: beside the details, and above them. */
    shares,
    /** px; a column that is absent has the width of the style. */
    columns,
    /** Whether the viewer wraps long lines. */
    wraps,
    /** What has just been done, for a moment: `Copied`. */
    notice,
    defaultShare: (arrangement: Arrangement): number => DEFAULT_SHARES[arrangement],
    setShare(arrangement: Arrangement, percent: number): void {
      const share = Math.round(between(percent, PANE_LIMITS.min, PANE_LIMITS.max) * 10) / 10;
      shares.value = { ...shares.value, [arrangement]: share };
    },
    /** `undefined`: back to the width of the style. */
    setColumn(column: SizedColumn, px: number | undefined): void {
      const { [column]: _, ...others } = columns.value;
      columns.value =
        px === undefined ? others : { ...others, [column]: Math.round(between(px, MIN_COLUMN_PX, MAX_COLUMN_PX)) };
    },
    /** Watches a key, or no longer where it is watched already. */
    toggleWatch(path: KeyPath): void {
      watched.value = JSON.stringify(watched.value) === JSON.stringify(path) ? undefined : path;
    },
  };
}
