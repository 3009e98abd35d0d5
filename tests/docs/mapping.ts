/** The tables of docs/protocol.md in which a library's calls become operations. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationRecorded } from '../../protocol/index.ts';
import { ROOT } from '../../scripts/project.ts';

export type Library =
  | 'express-session'
  | 'cookie-session'
  | 'iron-session'
  | 'React Router'
  | 'h3'
  | 'koa-session'
  | '@fastify/session'
  | '@fastify/secure-session'
  | 'hono-sessions'
  | '@hono/session'
  | 'Astro'
  | 'better-auth'
  | 'Django'
  | '@sessionscope/django-sessions';

const codes = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);

/** What the page says of a library: each call with each operation that it may become, as `call → operation`. */
export function mappingOf(library: Library): Set<string> {
  const page = readFileSync(join(ROOT, 'docs', 'protocol.md'), 'utf8');
  const section = page.split(`\n### ${library}\n`)[1]!.split(/\n#+ /)[0]!;
  const rows = [...section.matchAll(/^\| (`.*?) \| (`.*?) \| .*\|$/gm)];
  return new Set(
    rows.flatMap(([, calls, operations]) =>
      codes(calls!).flatMap((call) => codes(operations!).map((operation) => `${call} → ${operation}`)),
    ),
  );
}

/** An operation as the page would name it. */
export function asMapped({ call, operation }: OperationRecorded, library: Library): string {
  // The page names one flag of the cookie for all of them.
  if (
    (library === 'express-session' || library === '@fastify/session') &&
    operation === 'set' &&
    /^cookie\.\w+=$/.test(call)
  )
    return 'cookie.secure= → set';
  return `${call} → ${operation}`;
}
