/**
 * An app without a companion, in real DevTools: the line to add is the one for what its responses betray. Each server is
 * the framework's own.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import cookieSession from 'cookie-session';
import express from 'express';
import expressSession from 'express-session';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import koaSession from 'koa-session';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { pythonOf } from '../../scripts/python-env.ts';
import { type Chromium, launchChromium } from '../browsers/chromium.ts';
import { describeIn } from '../browsers/needs-browser.ts';
import { type PanelView, viewPanel } from '../browsers/panel-view.ts';
import { startServer } from '../packaging/dev-server.ts';

const SECRET = 'a secret of at least 32 characters';
const PAGE = '<!doctype html><title>home</title>';

type Served = { origin: string } & AsyncDisposable;

const served = (server: Server): Served => ({
  origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  async [Symbol.asyncDispose]() {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  },
});
async function listening(handler: RequestListener): Promise<Served> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return served(server);
}

type WithSession = { session: Record<string, unknown> };

const NODE: Record<string, () => Promise<Served>> = {
  express: () => {
    const app = express();
    app.use(expressSession({ secret: SECRET, resave: false, saveUninitialized: true }));
    app.get('/', (_request, response) => void response.send(PAGE));
    return listening(app as RequestListener);
  },
  'express without sessions': () =>
    listening(express().get('/', (_request, response) => void response.send(PAGE)) as RequestListener),
  'cookie-session': () => {
    const app = express();
    app.use(cookieSession({ keys: [SECRET] }));
    app.get('/', (request, response) => {
      (request as unknown as WithSession).session['seen'] = true;
      response.send(PAGE);
    });
    return listening(app as RequestListener);
  },
  koa: () => {
    const app = new Koa();
    app.keys = [SECRET];
    app.use(koaSession(app));
    app.use((context) => {
      (context as unknown as WithSession).session['seen'] = true;
      context.body = PAGE;
    });
    return listening(app.callback() as RequestListener);
  },
  fastify: async () => {
    const app = fastify();
    await app.register(fastifyCookie);
    await app.register(fastifySession, { secret: SECRET, cookie: { secure: false } });
    app.get('/', (_request, reply) => reply.type('text/html').send(PAGE));
    await app.listen({ port: 0, host: '127.0.0.1' });
    return served(app.server);
  },
  hono: async () => {
    const app = new Hono();
    app.get('/', (context) => context.html(PAGE));
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () =>
        resolve(served(server as Server)),
      );
    });
  },
};

const PYTHON = pythonOf(join(ROOT, '.venv', 'django52'));
const PYTHON_APPS: Record<string, { text: string; command: (port: string) => string[]; ready: RegExp }> = {
  django: {
    text: `import sys
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path

settings.configure(
    DEBUG=True, SECRET_KEY="of this test", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
)


def home(request):
    request.session["seen"] = True
    return HttpResponse("${PAGE}")


urlpatterns = [path("", home)]
execute_from_command_line(["manage.py", "runserver", "--noreload", "127.0.0.1:" + sys.argv[1]])
`,
    command: (port) => ['-u', 'main.py', port],
    ready: /Quit the server/,
  },
  flask: {
    text: `from flask import Flask, session

app = Flask(__name__)
app.secret_key = "of this test"


@app.get("/")
def home():
    session["seen"] = True
    return "${PAGE}"
`,
    command: (port) => ['-m', 'flask', '--app', 'main', 'run', '-p', port],
    ready: /Running on/,
  },
  fastapi: {
    text: `from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key="of this test")


@app.get("/")
def home(request: Request):
    request.session["seen"] = True
    return HTMLResponse("${PAGE}")
`,
    command: (port) => ['-m', 'uvicorn', 'main:app', '--port', port],
    ready: /Uvicorn running/,
  },
};

describeIn('chromium')('the line to add, in Chromium', () => {
  let chromium: Chromium;
  let panel: PanelView;
  beforeAll(async () => {
    chromium = await launchChromium();
    panel = viewPanel(await chromium.showPanel());
  });
  afterAll(() => chromium?.close());

  /** The words of the connection's page, once it has stopped at the header. */
  const wordsOf = async (origin: string, words: string | RegExp) => {
    await chromium.page.goto('about:blank');
    await panel.waitFor('Open a page of your app', '[aria-label="Connection"]');
    await chromium.page.goto(origin);
    return panel.waitFor(words, '[aria-label="Connection"]');
  };
  const pressed = () => panel.text('.frameworks [aria-pressed="true"]');

  test.each([
    ['express', 'Express, NestJS, Passport', /inferred from the cookie connect\.sid\./, 'observe(session)'],
    [
      'express without sessions',
      'Express, NestJS, Passport',
      /inferred from X-Powered-By: Express\./,
      'observe(session)',
    ],
    ['cookie-session', 'Express, cookie-session', /inferred from the cookie session\.sig\./, 'observe(cookieSession)'],
    ['koa', 'Koa', /inferred from the cookie koa\.sess\b/, 'observe(session)(options, app)'],
    ['fastify', 'Fastify, @fastify/session', /inferred from the cookie sessionId\./, 'observe(fastifySession)'],
  ])('%s', async (name, framework, because, line) => {
    await using app = await NODE[name]!();
    const words = await wordsOf(app.origin, because);
    expect(words).toContain(line);
    expect(await pressed()).toBe(framework);
    await chromium.page.deleteCookie(...(await chromium.page.cookies()));
  });

  test.skipIf(!existsSync(PYTHON)).each([
    ['django', 'Django', /inferred from the cookie sessionid\./, 'SessionscopeMiddleware'],
    ['flask', 'Flask', /inferred from the cookie session and Server: Werkzeug/, 'observe(app.session_interface)'],
    [
      'fastapi',
      'Starlette, FastAPI',
      /inferred from the cookie session and Server: uvicorn/,
      'observe(SessionMiddleware)',
    ],
  ])('%s', async (name, framework, because, line) => {
    const { text, command, ready } = PYTHON_APPS[name]!;
    const folder = mkdtempSync(join(tmpdir(), 'sessionscope-snippets-'));
    writeFileSync(join(folder, 'main.py'), text);
    try {
      await using app = await startServer({
        folder,
        command: (port) => [PYTHON, ...command(port)],
        environment: { PYTHONDONTWRITEBYTECODE: '1' },
        ready,
      });
      const words = await wordsOf(app.origin, because);
      expect(words).toContain(line);
      expect(await pressed()).toBe(framework);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await chromium.page.deleteCookie(...(await chromium.page.cookies()));
    }
  });

  test('nothing betrays it: a choice, and the lines of what is chosen', async () => {
    await using app = await NODE['hono']!();
    const words = await wordsOf(app.origin, 'Choose:');
    expect(words).not.toContain('npm install');
    expect(await pressed()).toBe('');
    await panel.pressButton('Hono, hono-sessions');
    await panel.waitFor('observe(sessionMiddleware)', '[aria-label="Connection"]');
  });

  test('a session that no companion observes is named', async () => {
    await using app = await listening((_request, response) => {
      response.setHeader('Set-Cookie', 'authjs.session-token=x; HttpOnly');
      response.setHeader('Content-Type', 'text/html');
      response.end(PAGE);
    });
    const words = await wordsOf(app.origin, 'looks like Auth.js: no companion observes its sessions.');
    expect(words).toContain('No companion answers here.');
    expect(words).not.toContain('npm install');
    await chromium.page.deleteCookie(...(await chromium.page.cookies()));
  });
});
