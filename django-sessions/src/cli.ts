#!/usr/bin/env node
/** `npx @sessionscope/django-sessions decode|inspect|clear-expired`. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeSessionJson } from './codec/json-write.ts';
import { decodeSession } from './decode.ts';
import { SessionError } from './errors.ts';
import type { Sessions } from './core.ts';
import { createSessions } from './sessions.ts';
import type { EngineName, SessionsOptions } from './sessions.ts';

const HELP = `Django's sessions from the command line.

  django-sessions decode [text]        prints a record's content; from text or standard input
  django-sessions inspect <key>        prints what the store has for a session key; changes nothing
  django-sessions clear-expired        deletes expired records, like manage.py clearsessions

  --secret-key-file <file>   holds Django's SECRET_KEY; default: the variable SECRET_KEY
  --fallback <key>           one of SECRET_KEY_FALLBACKS; may be repeated
  --cookie                   decode: the text is a cookie of the signed_cookies engine
  --engine <name>            db (default), cache, cached_db, file, signed_cookies
  --database <url>           postgres://…, mysql://…, or a SQLite file; default: db.sqlite3
  --cache <url>              default: redis://127.0.0.1:6379
  --key-prefix <text>        of the cache
  --cache-version <n>        of the cache; default: 1
  --file-path <folder>       of the file engine
  --cookie-name <name>       of the file engine; default: sessionid
  --time-zone <name>         of a project with USE_TZ = False
`;

const OPTIONS = {
  'secret-key-file': { type: 'string' },
  fallback: { type: 'string', multiple: true },
  cookie: { type: 'boolean' },
  engine: { type: 'string' },
  database: { type: 'string' },
  cache: { type: 'string' },
  'key-prefix': { type: 'string' },
  'cache-version': { type: 'string' },
  'file-path': { type: 'string' },
  'cookie-name': { type: 'string' },
  'time-zone': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>['values'];

function secretKey(values: Values): string {
  const file = values['secret-key-file'];
  const key = file === undefined ? process.env['SECRET_KEY'] : readFileSync(file, 'utf8').trimEnd();
  if (key === undefined || key === '')
    throw new SessionError('Missing SECRET_KEY: set the environment variable SECRET_KEY, or pass --secret-key-file.');
  return key;
}

/** `needsSecret`: `clear-expired` of a table works without one. */
function open(values: Values, needsSecret: boolean): Sessions {
  const { engine, database, fallback } = values;
  const options: SessionsOptions = {
    secretKey: needsSecret ? secretKey(values) : process.env['SECRET_KEY'] || 'not needed',
    engine: (engine ?? 'db') as EngineName,
    ...(fallback === undefined ? {} : { secretKeyFallbacks: fallback }),
    ...(database === undefined ? {} : { database }),
    cache: {
      ...(values.cache === undefined ? {} : { url: values.cache }),
      ...(values['key-prefix'] === undefined ? {} : { keyPrefix: values['key-prefix'] }),
      ...(values['cache-version'] === undefined ? {} : { version: Number(values['cache-version']) }),
    },
    ...(values['file-path'] === undefined ? {} : { filePath: values['file-path'] }),
    ...(values['cookie-name'] === undefined ? {} : { cookieName: values['cookie-name'] }),
    ...(values['time-zone'] === undefined ? {} : { timeZone: values['time-zone'] }),
  };
  return createSessions(options);
}

/** One key a line: readable, and still JSON as Python writes it. */
function show(data: ReadonlyMap<string, unknown>): string {
  if (data.size === 0) return '{}';
  const lines = [...data.keys()].map((key) => `  ${writeSessionJson(keep(data, key)).slice(1, -1)}`);
  return `{\n${lines.join(',\n')}\n}`;
}

function keep(data: ReadonlyMap<string, unknown>, wanted: string): ReadonlyMap<string, unknown> {
  return new Map([...data].filter(([key]) => key === wanted));
}

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [command, argument] = positionals;
  if (command === undefined || values.help) {
    console.log(HELP);
    if (!values.help) process.exitCode = 2;
    return;
  }
  if (command === 'decode') {
    const text = (argument ?? readFileSync(0, 'utf8')).trim();
    const data = decodeSession(text, {
      secretKey: secretKey(values),
      secretKeyFallbacks: values.fallback ?? [],
      kind: values.cookie ? 'cookie' : 'record',
    });
    console.log(show(data));
  } else if (command === 'inspect') await inspect(open(values, true), argument);
  else if (command === 'clear-expired') {
    const sessions = open(values, (values.engine ?? 'db') === 'file');
    try {
      const count = await sessions.clearExpired();
      console.log(
        count === undefined ? 'Sessions of this engine expire by themselves.' : `${count} expired records deleted.`,
      );
    } finally {
      await sessions.close();
    }
  } else throw new SessionError(`Unknown command ${JSON.stringify(command)}: use decode, inspect or clear-expired.`);
}

async function inspect(sessions: Sessions, key: string | undefined): Promise<void> {
  try {
    if (key === undefined) throw new SessionError('Missing session key: inspect <key>');
    const record = await sessions.peek(key);
    if (record.outcome === 'missing') {
      console.log('No record with this key.');
      process.exitCode = 1;
    } else if (record.outcome === 'unreadable') {
      console.log(`The record cannot be read: ${record.why}`);
      process.exitCode = 1;
    } else {
      console.log(
        `${record.outcome === 'expired' ? 'expired' : 'expires'}: ${record.expiresAt?.toISOString() ?? 'with its cookie'}`,
      );
      console.log(`bytes: ${record.bytes}`);
      console.log(show(record.data));
    }
  } finally {
    await sessions.close();
  }
}

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
