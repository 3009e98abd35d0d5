/** The lines that observe a library, as the panel and the docs have them, for the terminal. */
import { SNIPPETS } from '../../../../protocol/snippets.ts';

/**
 * One line each: what to take out begins with `-`, what to add with `+`.
 *
 * @param companion the module that they import, or that settings name.
 * @param library where one companion observes several: whose lines.
 */
export function linesFor(companion: string, library?: string): string {
  const found = SNIPPETS.filter((one) => one.companion === companion);
  const snippet = found.find(({ id, framework }) => id === library || framework.includes(`, ${library}`)) ?? found[0];
  if (snippet === undefined) return `Import observe from ${companion}.`;
  return snippet.lines.map(({ sign, text }) => `${sign} ${text}`.trimEnd()).join('\n');
}
