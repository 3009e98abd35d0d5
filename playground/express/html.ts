/** The demo's pages: one layout, everything from outside escaped. */

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

const STYLE = `
:root { color-scheme: light dark; --fg: light-dark(#1b1e23, #e5e7eb); --fg-2: light-dark(#555b64, #a9afb8); --line: light-dark(#dfe3e8, #3b3e44); --accent: light-dark(#0b57d0, #8ab4f8); }
body { margin: 0 auto; padding: 24px 20px 60px; max-width: 680px; font: 15px/1.55 system-ui, sans-serif; color: var(--fg); background: light-dark(#fff, #242528); }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; padding-bottom: 12px; border-bottom: 1px solid var(--line); font-size: 14px; }
h1 { font-size: 22px; line-height: 1.3; } h2 { font-size: 16px; margin-top: 28px; } a { color: var(--accent); }
code, pre { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; } pre { padding: 10px 12px; overflow-x: auto; border-left: 3px solid var(--line); }
form { display: inline; } button { font: inherit; padding: 4px 12px; margin: 2px 6px 2px 0; border: 1px solid var(--fg-2); border-radius: 4px; background: none; color: inherit; cursor: pointer; }
button:hover { border-color: var(--accent); color: var(--accent); } input { font: inherit; padding: 4px 8px; border: 1px solid var(--fg-2); border-radius: 4px; background: none; color: inherit; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; } dt { color: var(--fg-2); } dd { margin: 0; } .look { border-left: 3px solid var(--accent); padding-left: 12px; }
table { border-collapse: collapse; } td, th { text-align: left; padding: 3px 16px 3px 0; border-bottom: 1px solid var(--line); } output { display: block; white-space: pre-wrap; color: var(--fg-2); min-height: 1.5em; }
`;

/** A whole page. */
export const page = (title: string, body: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <link rel="icon" href="data:," />
      <title>${title}</title>
      <style>
        ${new Html(STYLE)}
      </style>
      <nav>
        <a href="/">All pages</a><a href="/set_session/">Set</a><a href="/get_session/">Get</a
        ><a href="/login/">Log in</a><a href="/cart/">Cart</a><a href="/expiry/">Expiry</a>
      </nav>
      <h1>${title}</h1>
      ${body}
    </html>`.text;

/** A button that posts to `action`; `fields` travel as hidden inputs. */
export const postButton = (action: string, label: string, fields: Record<string, string> = {}): Html =>
  html`<form method="post" action="${action}">
    ${Object.entries(fields).map(
      ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
    )}<button>${label}</button>
  </form>`;

/** Tells the reader where to look in the panel. */
export const look = (text: Html): Html => html`<p class="look">In the panel: ${text}</p>`;

/**
 * A button that sends `requests` at once, from the page, and shows what each answered: `[method, path]`, with a
 * wait before it in ms as third.
 */
export const burstButton = (
  label: string,
  requests: readonly [method: string, path: string, waitMs?: number][],
): Html => {
  // Data for the script, as JSON in an attribute: nothing of it is markup.
  return html`<button data-burst="${JSON.stringify(requests)}">${label}</button><output></output>
    <script>
      for (const button of document.querySelectorAll('[data-burst]'))
        button.onclick = async () => {
          const output = button.nextElementSibling;
          const send = async ([method, path, wait = 0]) => {
            await new Promise((resolve) => setTimeout(resolve, wait));
            const response = await fetch(path, { method });
            return method + ' ' + path + ' → ' + response.status + ' ' + (await response.text());
          };
          button.disabled = true;
          output.textContent = '…';
          output.textContent = (await Promise.all(JSON.parse(button.dataset.burst).map(send))).join('\\n');
          button.disabled = false;
        };
    </script>`;
};
