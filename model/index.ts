export {
  BURST_PAUSE_MS,
  type Burst,
  endOf,
  markKindOf,
  type MarkKind,
  placeOn,
  type Waterfall,
  waterfallOf,
} from './bursts.ts';
export type { Clock, CookieStep, CookieView } from './cookie-view.ts';
export { apply, type Diff, diff } from './diff.ts';
export type { Piece } from './diff-pieces.ts';
export type { DiffCell, DiffRow, DiffView } from './diff-view.ts';
export { diffSentences } from './diff-words.ts';
export { curlOf, jsonOf } from './copy-as.ts';
export {
  type Connection,
  doctor,
  type DoctorStep,
  type DoctorView,
  isConnected,
  type Snippet,
  SNIPPETS,
  UNKNOWN_CONNECTION,
} from './doctor.ts';
export * from './exchange-words.ts';
export { type Kind, KINDS, termOf } from './filter.ts';
export type { HarExchange, SetCookie } from './har.ts';
export { isSame, type Moment, type Origin, type ValuePart, type Write } from './history.ts';
export { partsOf } from './parts.ts';
export { type Cursor, DIFF_BASES, type DiffBase, momentOf } from './diff-sides.ts';
export { CLOCK_MS, createPanelModel, type PanelModel, type StoreLook, type Tab, TABS } from './panel-model.ts';
export type { Row, Rows } from './rows.ts';
export { sourceText } from './source-text.ts';
export { sessionAt } from './state-view.ts';
export type { StateRow, StateView } from './state-view.ts';
export { type EpochRecord, type ExchangeRecord, type GapRecord, isRunning, type TimelineItem } from './timeline.ts';
export * from './words.ts';
