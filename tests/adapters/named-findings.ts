/** What the panel finds in what a companion has recorded: by the rules' names. */
import { createPanelModel, loadDeferred } from '../../model/index.ts';
import type { SessionscopeEvent } from '../../protocol/index.ts';

await loadDeferred();

export function findingsIn(events: readonly SessionscopeEvent[]): { all: string[]; serious: string[] } {
  const panel = createPanelModel();
  panel.receive([...events]);
  if (panel.ruleFaults.value.length > 0) throw new Error(JSON.stringify(panel.ruleFaults.value));
  const found = panel.findings.value;
  const serious = found.filter(({ severity }) => severity !== 'note');
  return { all: found.map(({ rule }) => rule.id), serious: serious.map(({ rule }) => rule.id) };
}
