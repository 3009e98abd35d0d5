/** Serves the demo: `node playground/django-sessions/main.ts [port]`; 0 takes a free one. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveDemo } from '../serve-demo.ts';
import { createDemo } from './demo.ts';

const database =
  process.env['DEMO_DATABASE'] ?? join(mkdtempSync(join(tmpdir(), 'sessionscope-demo-')), 'sessions.sqlite3');
const { app } = await createDemo({ database });
serveDemo(app, 'playground/django-sessions/main.ts');
