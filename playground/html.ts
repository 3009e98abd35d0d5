/** Markup of pages, everything from outside escaped. */

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that is markup already. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | undefined | Html | readonly Html[];

const toText = (part: Part): string => {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map((item: Html) => item.text).join('');
  return String(part).replace(/[&<>"']/g, (character) => ESCAPES[character]!);
};

/** Markup with every interpolated string escaped; `Html` and lists of it go in as they are. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.map((text, index) => text + toText(parts[index])).join(''));
}

/** A button that posts to `action`; `fields` travel as hidden inputs. */
export const postButton = (
  action: string,
  label: string,
  { fields = {}, quiet = false }: { fields?: Record<string, string>; quiet?: boolean } = {},
): Html =>
  html`<form method="post" action="${action}">
    ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <button class="${quiet ? 'quiet' : ''}">${label}</button>
  </form>`;

/**
 * A button that sends `requests` from the page, each after its wait in ms, and shows what each answered as it comes:
 * `[method, path, wait?, what it is for?]`.
 */
export const burstButton = (
  label: string,
  requests: readonly [method: string, path: string, waitMs?: number, says?: string][],
): Html =>
  html`<button data-burst="${JSON.stringify(requests)}">${label}</button><output></output>
    <script>
      for (const button of document.querySelectorAll('[data-burst]'))
        button.onclick = async () => {
          const output = button.nextElementSibling;
          const lines = [];
          const send = async ([method, path, wait = 0, says], index) => {
            await new Promise((resolve) => setTimeout(resolve, wait));
            const response = await fetch(path, { method });
            const text = response.ok ? ' ' + (await response.text()) : '';
            lines[index] = (says ?? method + ' ' + path) + ' → ' + response.status + text;
            output.textContent = lines.filter(Boolean).join('\\n');
          };
          button.disabled = true;
          output.textContent = '…';
          await Promise.all(JSON.parse(button.dataset.burst).map(send));
          output.dataset.done = '';
          button.disabled = false;
        };
    </script>`;
