/** The pages of demos: one layout, plain HTML, everything from outside escaped. */
import { Html, html } from './html.ts';

const STYLE = `
:root { color-scheme: light dark; --fg: light-dark(#1b1e23, #e6e8eb); --fg-2: light-dark(#59616b, #a5acb6); --bg: light-dark(#f6f7f9, #1d1e21); --card: light-dark(#fff, #27292d); --line: light-dark(#dde1e6, #3a3d43); --accent: light-dark(#0b57d0, #8ab4f8); --on-accent: light-dark(#fff, #10233f); --tint: light-dark(#eaf1fd, #24303f); }
* { box-sizing: border-box; }
html { background: var(--bg); }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--fg); background: var(--bg); }
body > header { background: var(--card); border-bottom: 1px solid var(--line); }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; max-width: 760px; margin: 0 auto; padding: 12px 20px; font-size: 14px; }
nav a { color: var(--fg-2); text-decoration: none; padding: 2px 0; border-bottom: 2px solid transparent; }
nav a:hover { color: var(--accent); } nav a[aria-current] { color: var(--fg); border-color: var(--accent); } nav a:first-child { font-weight: 600; color: var(--fg); margin-right: auto; }
main { max-width: 760px; margin: 0 auto; padding: 32px 20px 72px; }
h1 { margin: 0 0 12px; font-size: 27px; line-height: 1.25; letter-spacing: -.01em; text-wrap: balance; } h2 { margin: 36px 0 10px; font-size: 17px; } p { margin: 0 0 14px; text-wrap: pretty; }
a { color: var(--accent); } :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code, pre { font: 13.5px/1.5 ui-monospace, Menlo, Consolas, monospace; }
.belief { font-size: 19px; color: var(--fg-2); } .belief::before { content: "“"; } .belief::after { content: "”"; }
.card { margin: 18px 0; padding: 18px 20px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; } .card > :last-child { margin-bottom: 0; }
.look { margin: 22px 0; padding: 14px 18px; background: var(--tint); border-left: 3px solid var(--accent); border-radius: 0 8px 8px 0; } .look strong:first-child { display: block; font-size: 13px; color: var(--accent); }
details { margin: 22px 0; } summary { cursor: pointer; font-size: 14px; color: var(--fg-2); } pre { margin: 10px 0 14px; padding: 14px 16px; overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; tab-size: 2; }
form { display: inline-block; margin: 0 8px 8px 0; } label { display: block; font-size: 14px; color: var(--fg-2); }
button { font: inherit; font-weight: 500; padding: 7px 16px; border: 1px solid var(--accent); border-radius: 7px; background: var(--accent); color: var(--on-accent); cursor: pointer; } button.quiet { background: none; color: var(--accent); } button:hover { filter: brightness(1.08); } button:disabled { opacity: .55; cursor: progress; }
input { font: inherit; padding: 6px 10px; border: 1px solid var(--fg-2); border-radius: 7px; background: none; color: inherit; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 20px; margin: 0; } dt { color: var(--fg-2); font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 14px; } dd { margin: 0; font-weight: 500; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } th { font-size: 13px; font-weight: 500; color: var(--fg-2); } td, th { text-align: left; padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); } td form { margin: 0 4px 0 0; } td button { padding: 2px 10px; }
ul.pages { list-style: none; margin: 0; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; } ul.pages li { padding: 10px 18px; } ul.pages li + li { border-top: 1px solid var(--line); } ul.pages a { font-weight: 500; } ul.pages span { color: var(--fg-2); }
output { display: block; white-space: pre-wrap; min-height: 1.6em; margin-top: 10px; font: 13.5px/1.6 ui-monospace, Menlo, Consolas, monospace; color: var(--fg-2); }
`;

type NamedPage = readonly [path: string, name: string];

/** What the head of each page leads to, whatever the demo. */
const MAIN_PAGES: readonly NamedPage[] = [
  ['/', 'All pages'],
  ['/set_session/', 'Set'],
  ['/get_session/', 'Get'],
  ['/login/', 'Log in'],
  ['/cart/', 'Cart'],
  ['/expiry/', 'Expiry'],
];

export interface PageParts {
  title: string;
  /** A newcomer's false belief, which the page puts to the test. */
  belief?: string | undefined;
  body: Html;
  /** Where to look in the panel: two sentences. */
  look?: Html;
  /** The handler that the page is about: its own source is shown. */
  code?: (...args: never[]) => unknown;
}

/** A whole page; `path` marks where the reader is. */
export type Page = (path: string, parts: PageParts) => string;

/** `own`: what the head leads to in this demo alone. */
export const pageWith =
  (...own: NamedPage[]): Page =>
  (path, { title, belief, body, look, code }) =>
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <link rel="icon" href="data:," />
          <title>${title}</title>
          <style>
            ${new Html(STYLE)}
          </style>
        </head>
        <body>
          <header>
            <nav aria-label="Pages">
              ${[...MAIN_PAGES, ...own].map(
                ([to, name]) => html`<a href="${to}" ${new Html(to === path ? 'aria-current="page"' : '')}>${name}</a>`,
              )}
            </nav>
          </header>
          <main>
            <h1>${title}</h1>
            ${belief === undefined ? undefined : html`<p class="belief">${belief}</p>`} ${body}
            ${look === undefined ? undefined : html`<p class="look"><strong>In the Sessions panel</strong> ${look}</p>`}
            ${
              code === undefined
                ? undefined
                : html`<details>
                    <summary>The code that runs</summary>
                    <pre><code>${sourceOf(code)}</code></pre>
                  </details>`
            }
          </main>
        </body>
      </html>`.text;

/** A function's own source, moved to the left edge; where types stood there are spaces, which are closed. */
function sourceOf(code: (...args: never[]) => unknown): string {
  const text = code
    .toString()
    .replace(/(\S) {2,}/g, '$1 ')
    .replace(/ +([,);])/g, '$1');
  const lines = text.split('\n');
  const indent = Math.min(...lines.slice(1).map((line) => (line.trim() === '' ? 99 : line.search(/\S/))));
  return lines.map((line, index) => (index === 0 ? line : line.slice(indent)).trimEnd()).join('\n');
}

/** Links to pages, each with what is said of it. */
export const pageList = (pages: readonly { path: string; name: string; says?: string }[]): Html =>
  html`<ul class="pages">
    ${pages.map(
      ({ path, name, says }) =>
        html`<li><a href="${path}">${name}</a>${says === undefined ? undefined : html` <span>${says}</span>`}</li>`,
    )}
  </ul>`;

/** Names and values. */
export const facts = (entries: Record<string, string | number | boolean | undefined>): Html =>
  html`<div class="card">
    <dl>
      ${Object.entries(entries).map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value === undefined ? '–' : String(value)}</dd>`,
      )}
    </dl>
  </div>`;
