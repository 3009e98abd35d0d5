export {
  BURST_PAUSE_MS,
  type Burst,
  markKindOf,
  type MarkKind,
  placeOn,
  type Waterfall,
  waterfallOf,
} from './views/bursts.ts';
export type { CookieStep } from './views/cookie-steps.ts';
export { placeLabel } from './labels/place-label.ts';
export {
  defaultQuestion,
  KIND_LABELS,
  type SendingAnswer,
  sendingView,
  SET_WITH_LABELS,
  type SetWith,
} from './views/sending-view.ts';
export { type SettingValues, settingText } from './what-if/settings.ts';
export {
  type WhatIfPart,
  type WhatIfRow,
  type WhatIfSetting,
  type WhatIfView,
  whatIfView,
} from './views/what-if-view.ts';
export { sessionCookieOf } from './views/known-cookies.ts';
export { REQUEST_KINDS, type RequestKind } from './recording/future-request.ts';
export type { ReceivedCookie, Rewrite } from './recording/received-cookie.ts';
export type { Clock, CookieView } from './views/cookie-view.ts';
export type { BrowserNote } from './recording/browser-notes.ts';
export type { CookieChange } from './recording/cookie-changes.ts';
export type { JarChange, JarFate, KeptCookie } from './recording/jar.ts';
export { apply, type Diff, diff } from './values/diff.ts';
export type { Piece } from './views/diff-pieces.ts';
export type { DiffCell, DiffRow, DiffView } from './views/diff-view.ts';
export { blameLabel, lostLabel } from './labels/blame-labels.ts';
export { diffSentences } from './labels/diff-labels.ts';
export * from './views/claims.ts';
export { curlOf, fetchOf, jsonOf, markdownOf } from './views/copy-as.ts';
export { type WatchRow, watchRows } from './views/watch.ts';
export { type Connection, isConnected, UNKNOWN_CONNECTION } from './views/connection.ts';
export { doctor, type DoctorStep, type DoctorView } from './views/doctor.ts';
export type { InferredSnippet } from './views/inferred-snippet.ts';
export { type Snippet, SNIPPETS } from '../protocol/snippets.ts';
export * from './labels/exchange-labels.ts';
export { isOfDevtools } from './recording/devtools-request.ts';
export { serverName } from './recording/epochs.ts';
export { pathOfUrl } from './recording/url-path.ts';
export { type Kind, KINDS, termOf } from './views/filter.ts';
export { type Suggestion, suggestionsFor, wordAt } from './views/filter-suggestions.ts';
export type { LineageRow, LineageView } from './views/lineage-view.ts';
export type { SharedCookie } from './views/shared-cookie.ts';
export * from './labels/lineage-labels.ts';
export type { HarExchange, SetCookie } from './recording/har.ts';
export type { Blame, LostWrite } from './history/blame.ts';
export type { Origin } from './history/memory.ts';
export type { Loadable } from './history/loadable.ts';
export { endOf } from './history/overlap.ts';
export { MAX_COOKIE_BYTES } from './recording/browser-rules.ts';
export { type Cursor, type Moment, momentOf, sessionAt } from './history/moment.ts';
export type { Finding, RuleFault } from './findings/engine.ts';
export { type Evidence, type Explanation, SEVERITIES, type Severity } from './findings/rule.ts';
export type { Sentence } from './findings/sentence.ts';
export type { Why } from './findings/why.ts';
export * from './labels/finding-labels.ts';
export { countsOf, type SheetRow, type SheetSection } from './findings/asvs/sheet.ts';
export type { Answer, Requirement, Status } from './findings/asvs/requirement.ts';
export * from './labels/asvs-labels.ts';
export { FINDINGS_VIEWS, type FindingsView } from './panel/sheet-model.ts';
export { worstCount } from './panel/findings-model.ts';
export { type Picture, pictureOf } from './views/finding-picture.ts';
export { DIFF_BASES, type DiffBase, nextExchange, previousExchange } from './history/sides.ts';
export type { Write } from './history/writes.ts';
export { storesOf } from './recording/stores.ts';
export { isLoadable, partName, partsOf, sizeOf } from './values/parts.ts';
export { type Block, blocksOf, hitsOf, isPartial, sizeLabel, valueText } from './views/value-view.ts';
export { codeText, type Language } from './labels/code-text.ts';
export { compare, type Comparison, sameness, type Sameness } from './values/compare.ts';
export { contentOf, cutOf, fetchedOf, type NotCompared } from './values/known.ts';
export { replay } from './panel/replay.ts';
export { readTrace, type Trace } from './recording/trace.ts';
export { deferred, type Deferred, loadDeferred } from './panel/deferred.ts';
export { onDemand } from './panel/on-demand.ts';
export { createPanelModel, type PanelModel, type Tab, TABS } from './panel/panel-model.ts';
export { CLOCK_MS } from './panel/recording-model.ts';
export type { StoreLook } from './panel/state-model.ts';
export { restoreSettings, settingsText } from './panel/settings.ts';
export {
  type Arrangement,
  createWorkbench,
  type Editor,
  EDITORS,
  PANE_LIMITS,
  SIZED_COLUMNS,
  type SizedColumn,
  type ViewedValue,
  type Workbench,
} from './panel/workbench.ts';
export { blockAt, type Row, type Rows, type RowSequence, type Shape } from './views/rows.ts';
export { sourceText } from './labels/source-text.ts';
export type { StateRow, StateView } from './views/state-view.ts';
export {
  type EpochRecord,
  type ExchangeRecord,
  type GapRecord,
  isRunning,
  type TimelineItem,
  type ValuePart,
} from './recording/records.ts';
export * from './labels/formats.ts';
export { type Lane, LANE_KINDS, LANE_LABELS, type LaneKind, type Lanes } from './views/lanes.ts';
export { sessionRoot } from './history/session-roots.ts';
