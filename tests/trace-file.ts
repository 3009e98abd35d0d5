/** A recording of a test as a trace file (docs/trace.md): it opens in any Sessions panel, with no server behind it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type PanelModel, readTrace, replay, loadDeferred } from '../model/index.ts';
import { ROOT } from '../scripts/project.ts';
import { expandValues } from '../transport/index.ts';

await loadDeferred();

/** Writes it into a folder of the project, `.tmp/…`; answers with the path to it from there. */
export function saveTrace(panel: PanelModel, folder: string, name: string): string {
  mkdirSync(join(ROOT, folder), { recursive: true });
  const path = join(ROOT, folder, `${name}.json`);
  writeFileSync(path, panel.traceText());
  return relative(ROOT, path);
}

/** The panel as somebody has it who opens that file. Throws where not all of it can be read. */
export function reopened(text: string): PanelModel {
  const answer = readTrace(text, expandValues);
  if (!answer.ok) throw new Error(answer.fault);
  if (answer.trace.refused > 0) throw new Error(`${answer.trace.refused} entries of the trace can't be read`);
  const panel = replay(answer.trace);
  while (panel.unchecked.value > 0) panel.checkMore();
  return panel;
}
