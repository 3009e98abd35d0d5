/** The app that every form runs: one page that writes to its session, and a report of what was seen of it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The line that must be named as the source, by the comment at its end. */
export const MARK = 'the line that did it';

const PAGE = `app.get('/', (req, res) => {
  // Types and blank lines, so that the line is another once they are gone.
  const cart: readonly string[] = ['apple'];

  (req.session as unknown as Record<string, unknown>)['cart'] = cart; // ${MARK}
  res.send('ok');
});`;

const REPORT = `export async function report(): Promise<void> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const response = await fetch(\`http://127.0.0.1:\${port}/\`);
  await response.text();
  const companion = (globalThis as any)[Symbol.for('sessionscope.companion')];
  const viewer = { all: true, sessions: new Set(), exchanges: new Set() };
  const events: any[] = companion?.log.read(null, viewer, 1000).events ?? [];
  const write = events.find(({ operation }) => operation === 'set');
  console.log('REPORT ' + JSON.stringify({
    status: response.status,
    hasHeader: response.headers.has('sessionscope'),
    isSame: observe(session) === session,
    source: write?.source ?? null,
  }));
  server.closeAllConnections();
  server.close();
}`;

const BODY = `
export const app = express();
app.use(
  observe(session)({ secret: 'of this test', resave: false, saveUninitialized: false }) as unknown as express.RequestHandler,
);
${PAGE}
${REPORT}
`;

const IMPORTS = `import express from 'express';
import session from 'express-session';
import { observe } from 'sessionscope/express-session';
`;

/** As TypeScript writes it for CommonJS without \`esModuleInterop\`. */
const REQUIRES = `import express = require('express');
import session = require('express-session');
import { observe } from 'sessionscope/express-session';
`;

const withoutTypes = (text: string) =>
  text
    .replaceAll(/\): Promise<void> \{/g, ') {')
    .replaceAll(/ as (?:unknown as )?(?:Record<string, unknown>|express\.RequestHandler|\{ port: number \}|any)/g, '')
    .replaceAll(/: (?:readonly string\[\]|any\[\])/g, '');

export const SOURCES = {
  'app.ts': `${IMPORTS}${BODY}`,
  'app.mts': `${IMPORTS}${BODY}`,
  'app.cts': `${REQUIRES}${BODY}`,
  'app.mjs': withoutTypes(`${IMPORTS}${BODY}`),
  'app.cjs': withoutTypes(
    `const express = require('express');
const session = require('express-session');
const { observe } = require('sessionscope/express-session');
${BODY.replaceAll('export const app', 'const app').replaceAll('export async function report', 'async function report')}
module.exports = { app, report };
`,
  ),
};
export type SourceName = keyof typeof SOURCES;

/** From 1. */
export const markedLine = (name: SourceName): number =>
  SOURCES[name].split('\n').findIndex((line) => line.includes(MARK)) + 1;

/** Writes files below a folder. */
export function writeAll(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

export interface Report {
  status: number;
  hasHeader: boolean;
  isSame: boolean;
  source: { frames: { file: string; line: number; kind: string }[]; omitted?: string } | null;
}

/** What the app printed. @throws Error where it printed no report. */
export function reportIn(output: string): Report {
  const found = /^.*?REPORT (\{.*\})\s*$/m.exec(output);
  if (found === null) throw new Error(`no report in:\n${output}`);
  return JSON.parse(found[1]!) as Report;
}
