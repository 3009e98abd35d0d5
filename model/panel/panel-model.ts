/**
 * What the panel knows and what it shows: signals to read, intents to call. One for each panel; no DOM, no browser.
 * Small models, each over those before it, put together here; only what touches several of them is written here.
 */
import { batch, signal } from '@preact/signals-core';
import type { Moment } from '../history/moment.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import type { DiffBase } from '../history/sides.ts';
import { createConnectionModel } from './connection-model.ts';
import { createCursorModel } from './cursor-model.ts';
import { createDiffModel } from './diff-model.ts';
import { createFindingsModel } from './findings-model.ts';
import { createLanesModel } from './lanes-model.ts';
import { createLineageModel } from './lineage-model.ts';
import { createListModel } from './list-model.ts';
import { createRecordingModel, type RecordingModelOptions } from './recording-model.ts';
import { createSheetModel } from './sheet-model.ts';
import { createStateModel } from './state-model.ts';

export const TABS = ['state', 'diff', 'cookie', 'findings', 'exchange', 'lineage'] as const;
export type Tab = (typeof TABS)[number];

export type PanelModelOptions = RecordingModelOptions;
export type PanelModel = ReturnType<typeof createPanelModel>;

export function createPanelModel(options: PanelModelOptions = {}) {
  const recording = createRecordingModel(options);
  const list = createListModel(recording);
  const cursor = createCursorModel(recording, list);
  const diff = createDiffModel(recording, list, cursor);
  const state = createStateModel(recording, cursor);
  const findings = createFindingsModel(recording, list, cursor);
  const sheet = createSheetModel(recording, findings);
  const lineage = createLineageModel(recording, cursor);
  const lanes = createLanesModel(recording);
  const connection = createConnectionModel(recording.headerRemoved);
  const tab = signal<Tab>('state');

  /** Drops whatever points into what was discarded. */
  function lookAtNewest(): void {
    cursor.goLive();
    diff.forgetMark();
  }

  function clear(): void {
    batch(() => {
      recording.clear();
      lookAtNewest();
      list.forgetExpanded();
      list.session.value = undefined;
      state.forgetStoreReading();
      findings.chooseFinding(undefined);
    });
  }

  const { timeline } = recording;
  return {
    // What is shown.
    items: recording.items,
    /** Whether anything is recorded. */
    hasRecord: recording.hasRecord,
    rows: list.rows,
    cursor: cursor.cursor,
    /** Index of the row that is selected; −1: it is not shown. */
    selectedRow: cursor.selectedRow,
    state: state.state,
    keyHistory: state.keyHistory,
    whyKey: state.whyKey,
    whyRequest: state.whyRequest,
    diff: diff.diff,
    diffSides: diff.diffSides,
    partsToLoad: diff.partsToLoad,
    originOfCell: diff.originOfCell,
    keysToLoad: state.keysToLoad,
    cookie: state.cookie,
    /** The family of the session at the cursor; `undefined`: it has none. */
    lineage: lineage.lineage,
    counts: list.counts,
    /** Requests that are shown, in order. */
    visible: list.visible,
    /** Name and port of the server that ran a request, where the recording has several. */
    serverOf: recording.serverOf,
    unseen: cursor.unseen,
    heldCount: recording.heldCount,
    /** What changed in the browser's jar and no response of the recording did. */
    cookieChanges: recording.unexplainedChanges,
    /** Every change of the session's cookie in the jar. */
    jarChanges: recording.jarChanges,
    hasRunning: recording.hasRunning,
    isTicking: recording.isTicking,
    isLoading: recording.isLoading,
    isElsewhere: recording.sight.isElsewhere,
    isPlaceUnknown: recording.sight.isPlaceUnknown,
    isMissed: recording.sight.isMissed,
    /** Shown among this tab's requests though it may be another's: it still runs. */
    isPlacePending: (exchange: ExchangeRecord): boolean =>
      list.scope.value === 'tab' && recording.sight.isUndecided(exchange),
    hostOf: recording.hostOf,
    /** Responses that were tied to their requests without our header: a proxy removes it. */
    headerRemoved: recording.headerRemoved,
    clock: recording.clock,
    /** Epoch ms: what came later has just come. */
    newSince: recording.newSince,
    connection: connection.connection,
    doctor: connection.doctor,
    storeLook: state.storeLook,
    isLive: cursor.isLive,
    epoch: recording.latestEpoch,
    marked: diff.marked,
    isPaused: recording.isPaused,
    // What the user sets; views may write these.
    filterText: list.filterText,
    kind: list.kind,
    scope: list.scope,
    /** The session whose requests alone are shown, by its first key. */
    session: list.session,
    ...lanes,
    preserve: recording.preserve,
    tab,
    selectedPath: cursor.selectedPath,
    diffBase: diff.diffBase,
    showsUnchanged: diff.showsUnchanged,
    /** Whether requests that DevTools itself sent are shown though they did nothing. */
    showsDevtools: list.showsDevtools,
    // What comes in.
    receive: recording.receive,
    seeHarEntry: recording.see,
    noteCookieChange: recording.noteCookieChange,
    seeHeaderless: recording.seeHeaderless,
    setSeenSince: recording.sight.setSeenSince,
    noteReported: recording.sight.noteReported,
    noteOwnRequests: recording.sight.noteOwnRequests,
    /** Requests of an unknown tab, of which the page has not been asked whether they are its own. */
    unplaced: recording.sight.unplaced,
    restoreNotes: recording.restoreNotes,
    seesBrowser: recording.sight.seesBrowser,
    noteCached: recording.noteCached,
    /**
     * The tab has another document, asked for at `at`, epoch ms: what belongs to the page before goes, unless it is to be
     * preserved.
     */
    noteNavigation(page: { url: string; at: number }): void {
      batch(() => {
        const gone = recording.noteNavigation(page);
        if (gone === 'all') clear();
        else if (gone === 'some') lookAtNewest();
      });
    },
    setConnection: connection.setConnection,
    setStoreReading: state.setStoreReading,
    setLoaded: recording.complete,
    originOf: state.originOf,
    tick: recording.tick,
    // What the user does.
    /** What is shown and what lies between, as the text of a trace file. Throws words for people where it is too large. */
    traceText: (): string => recording.traceText(list.visible.value),
    clear,
    setPaused: recording.setPaused,
    select: cursor.select,
    stay: cursor.stay,
    goLive: cursor.goLive,
    focusRow: cursor.focusRow,
    moveRow: cursor.moveRow,
    setOpen: cursor.setOpen,
    step: cursor.step,
    /** To the next (1) or previous (−1) request with a problem; its finding opens where it has one. */
    stepToProblem(by: 1 | -1): void {
      batch(() => {
        const exchange = findings.stepToProblem(by);
        if (exchange !== undefined && findings.worstFindingOf(exchange) !== undefined) tab.value = 'findings';
      });
    },
    findings: findings.findings,
    findingCounts: findings.findingCounts,
    hiddenFindings: findings.hiddenFindings,
    silencedFindings: findings.silencedFindings,
    showsSilenced: findings.showsSilenced,
    ruleFaults: findings.ruleFaults,
    unchecked: findings.unchecked,
    canCheck: findings.canCheck,
    checkMore: findings.checkMore,
    findingsOf: findings.findingsOf,
    worstFindingOf: findings.worstFindingOf,
    finding: findings.finding,
    findingSeen: findings.findingSeen,
    explanation: findings.explanation,
    evidenceNumbers: findings.evidenceNumbers,
    explainFinding: findings.explainFinding,
    chooseFinding: findings.chooseFinding,
    /** Opens the worst finding of a request in its tab. */
    openFindingOf(exchange: ExchangeRecord): void {
      batch(() => {
        if (findings.chooseFindingOf(exchange)) tab.value = 'findings';
      });
    },
    stepFinding: findings.stepFinding,
    jumpTo: findings.jumpTo,
    silenced: findings.silenced,
    setSilenced: findings.setSilenced,
    toggleSilence: findings.toggleSilence,
    isSilenced: findings.isSilenced,
    ...sheet,
    stepWrite: cursor.stepWrite,
    first: cursor.first,
    addTerm: list.addTerm,
    /** Shows the diff of a moment with what `base` says. */
    compare(moment: Moment, base: DiffBase): void {
      batch(() => {
        cursor.select(moment);
        diff.diffBase.value = base;
        tab.value = 'diff';
      });
    },
    mark: diff.mark,
    setExpanded: list.setExpanded,
    setRunOpen: list.setRunOpen,
    setAllExpanded: list.setAllExpanded,
    setTreeExpanded: state.setTreeExpanded,
    exchange: (id: string) => timeline.exchange(id),
    epochOf: (id: string) => timeline.epoch(id),
  };
}
