/** A program that shows a false claim, run once more, and what was recorded of it as a trace file. */
import type { PanelModel } from '../../model/index.ts';
import { saveTrace } from '../trace-file.ts';
import type { AppProcess } from './app-process.ts';
import type { PanelWire } from './panel-wire.ts';
import type { Program } from './programs.ts';
import { createRunner } from './run.ts';

export const TRACES = '.tmp/oracle';

/** Path of the file, from the project's root; the panel opens it, and says there what was judged. */
export async function failingTrace(
  app: AppProcess,
  program: Program,
  { wire, folder = TRACES }: { wire?: PanelWire; folder?: string } = {},
): Promise<string> {
  let panel: PanelModel | undefined;
  await createRunner(app, wire, (own) => {
    panel = own;
  }).run(program);
  return saveTrace(panel!, folder, `${program.library}-${program.seed}`);
}
