/** The app that docs/fastapi.md shows, on uvicorn, and the traps that the page names. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';
import { pythonOf } from '../../scripts/python-env.ts';
import { findingsIn } from '../adapters/named-findings.ts';
import { type DevServer, linesOf, startServer } from '../packaging/dev-server.ts';
import { fileOf, rulesNamed } from './page-code.ts';

const PYTHON = pythonOf(join(ROOT, '.venv', 'django52'));
const reason = existsSync(PYTHON) ? '' : ': there is no Python environment';

/** Below the page's file. */
const ROUTES = `
from datetime import datetime
from fastapi import BackgroundTasks, Depends, HTTPException, Request
from fastapi.responses import JSONResponse


def user_of(request: Request):
    yield request.session.get("user")
    request.session["left"] = True


@app.get("/login")
def login(request: Request):
    request.session["user"] = "ada"
    request.session["cart"] = ["tea"]


@app.get("/account")
async def account(user: str = Depends(user_of)):
    return user


@app.get("/append")
async def append(request: Request):
    request.session["cart"].append("milk")


@app.get("/later")
async def later(request: Request, tasks: BackgroundTasks):
    tasks.add_task(request.session.__setitem__, "sent", True)


@app.get("/fail")
async def fail(request: Request):
    request.session["step"] = 1
    raise RuntimeError("of this test")


@app.get("/refuse")
async def refuse(request: Request):
    request.session["refused"] = True
    raise HTTPException(403)


@app.get("/unfit")
async def unfit(request: Request):
    request.session["at"] = datetime.now()


@app.get("/auth/google")
async def auth(request: Request):
    request.session["_state_google_f00"] = {"data": {"nonce": "f00"}}


@app.get("/auth/google/callback")
async def callback(request: Request):
    return request.session.get("_state_google_f00")


meeting = []


@app.get("/meet/{key}")
async def meet(key: str, request: Request):
    import asyncio
    request.session[key] = True
    meeting.append(key)
    while len(meeting) < 2:
        await asyncio.sleep(0.001)
    if key == "second":
        await asyncio.sleep(0.05)


@app.get("/logout")
async def logout(request: Request):
    request.session.clear()


@app.get("/api/log")
async def log():
    from sessionscope.core.viewers import Viewer
    from sessionscope.starlette.companion import current_companion
    return JSONResponse(current_companion().log.read(None, Viewer(all=True), 10_000).events)
`;

describe.skipIf(reason !== '')(`FastAPI${reason}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionscope-fastapi-'));
  const text = fileOf('fastapi', 'main.py') + ROUTES;
  let app: DevServer;
  beforeAll(async () => {
    writeFileSync(join(folder, 'main.py'), text);
    app = await startServer({
      folder,
      command: (port) => [PYTHON, '-m', 'uvicorn', 'main:app', '--port', port],
      environment: {
        PYTHONPATH: join(ROOT, 'server-companion', 'python', 'src'),
        PYTHONDONTWRITEBYTECODE: '1',
        SESSIONSCOPE_ENABLED: '1',
        SECRET: 'of this test',
      },
      ready: /Uvicorn running on/,
    });
  });
  afterAll(async () => {
    await app?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  const line = (code: string) => text.split('\n').findIndex((one) => one.includes(code)) + 1;

  test('a path operation in a thread and a dependency: each operation with its line', async () => {
    await app.ask('/login');
    expect(linesOf((await app.exchangeOf('/login')).operations)).toContain(
      `set main.py:${line('session["user"] = "ada"')}`,
    );
    expect((await app.ask('/account')).body).toBe('"ada"');
    expect(linesOf((await app.exchangeOf('/account')).operations)).toEqual(
      expect.arrayContaining([`get main.py:${line('yield request')}`, `set main.py:${line('"left"')}`]),
    );
  });

  test('HTTPException saves, and an exception that nothing handles does not', async () => {
    await app.ask('/refuse');
    expect((await app.exchangeOf('/refuse')).finished.verdict.record).toMatchObject({ outcome: 'saved' });
    await app.ask('/fail');
    expect((await app.exchangeOf('/fail')).finished.verdict.record).toMatchObject({
      outcome: 'not-saved',
      reason: 'exception',
    });
  });

  test('each trap of its page is found', async () => {
    for (const path of ['/append', '/later', '/unfit', '/auth/google']) await app.ask(path);
    await app.ask('/auth/google/callback', { headers: { cookie: '' } });
    await Promise.all([app.ask('/meet/first'), app.ask('/meet/second')]);
    const { cookie } = app.cookies();
    await app.ask('/logout');
    await app.ask('/account', { headers: { cookie: cookie! } });
    await expect
      .poll(async () => findingsIn(await app.events()).all)
      .toEqual(expect.arrayContaining(rulesNamed('fastapi')));
  });
});
