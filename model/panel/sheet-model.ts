/** The ASVS sheet of the recording: made while it is looked at, and not before. */
import { computed, type ReadonlySignal, signal } from '@preact/signals-core';
import type { Sheet } from '../findings/asvs/sheet.ts';
import type { FindingsModel } from './findings-model.ts';
import { onDemand } from './on-demand.ts';
import type { RecordingModel } from './recording-model.ts';

/** What the tab of findings shows: the list of them, or the sheet. */
export const FINDINGS_VIEWS = ['list', 'sheet'] as const;
export type FindingsView = (typeof FINDINGS_VIEWS)[number];

export function createSheetModel({ timeline, version }: RecordingModel, findings: FindingsModel) {
  const view = signal<FindingsView>('list');
  const open = signal<ReadonlySet<string>>(new Set());
  const sheet = computed<Sheet | undefined>(() => {
    void version.value;
    return onDemand.code?.sheetOf({
      items: timeline.items,
      findings: findings.allFindings.value,
      explain: (finding) => findings.explainFinding(finding),
      faults: findings.ruleFaults.value,
    });
  });
  const gaps = computed<readonly string[]>(() => {
    const made = sheet.value;
    return made === undefined
      ? []
      : onDemand.loaded.sheetGaps(made, findings.unchecked.value, findings.ruleFaults.value);
  });
  return {
    findingsView: view,
    /** Of the whole recording, whatever the filter hides; only who reads it has it made. `undefined`: its code is not there yet. */
    sheet,
    /** What is not in the sheet, in sentences. */
    sheetGaps: gaps,
    /** Requirements that are expanded, by their number. */
    openRequirements: open as ReadonlySignal<ReadonlySet<string>>,
    toggleRequirement(id: string): void {
      const all = new Set(open.value);
      if (!all.delete(id)) all.add(id);
      open.value = all;
    },
    sheetMarkdown: (): string =>
      sheet.value === undefined ? '' : onDemand.loaded.sheetMarkdown(sheet.value, gaps.value),
  };
}
