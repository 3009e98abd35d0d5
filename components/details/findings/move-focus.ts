/** Rows that arrow keys move over: Tab passes them one by one. */
const STOPS = '.finding-row, .requirement-row, .evidence button';

/** The keys of a list of findings or requirements. */
export function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(STOPS)];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = rows[at + by];
  if (by === 0 || at < 0 || next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}
