/** `npx sessionscope open`: a real browser with the packaged extension, and its panel asks the app's companion. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import session from 'express-session';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findBrowser } from '../../scripts/browsers.ts';
import { packExtension } from '../../scripts/pack-extension.ts';
import { ROOT } from '../../scripts/project.ts';
import { observe } from '../../server-companion/node/src/express-session.ts';
import { until } from '../browsers/until.ts';

const COMMAND = join(ROOT, 'server-companion', 'node', 'dist', 'cli.js');

let server: Server;
let origin: string;
let scratch: string;
let child: ChildProcess | undefined;
/** Calls of the panel that reached the app. */
let calls: string[];

beforeAll(() => packExtension({ builds: false }));
beforeEach(async () => {
  calls = [];
  scratch = mkdtempSync(join(tmpdir(), 'sessionscope-open-'));
  const app = express();
  app.use((request, _response, next) => {
    if (request.method === 'POST') calls.push(request.path);
    next();
  });
  app.use(observe(session, { enabled: true })({ secret: 'of this test', resave: false, saveUninitialized: true }));
  app.get('/', (_request, response) => void response.send('<title>app</title>'));
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  server.closeAllConnections();
  server.close();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

function start(...args: string[]): { output(): string; ended: Promise<number | null> } {
  const started = spawn(process.execPath, [COMMAND, ...args], { cwd: scratch });
  child = started;
  let output = '';
  for (const stream of [started.stdout, started.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => started.once('exit', resolve));
  return { output: () => output, ended };
}

describe.each(['chromium', 'firefox'] as const)('%s', (name) => {
  test.skipIf(findBrowser(name) === undefined)(
    'opens with the extension and DevTools on the panel, which finds the companion; Ctrl-C closes it',
    async () => {
      const opened = start('open', origin, '--browser', name, '--headless', '--profile', join(scratch, 'profile'));
      const isOpen = until(() => opened.output().includes('DevTools is on the Sessions panel'), 'the panel');
      await Promise.race([isOpen, opened.ended.then(() => Promise.reject(new Error(opened.output())))]);
      await until(() => calls.includes('/__sessionscope__/v1/hello') || undefined, "the panel's hello");
      child!.kill('SIGINT');
      expect(await opened.ended).toBe(0);
    },
  );
});

test('a browser that is not there is named, with what to do', async () => {
  const { ended, output } = start('open', origin, '--browser', 'edge', '--headless');
  expect(await ended).toBe(1);
  expect(output()).toMatch(/edge was not found on this machine\. Install it, or name another with --browser/);
});

test.each([
  [['open'], /Give its URL/],
  [['open', 'ftp://x'], /not a URL of http or https/],
  [['open', 'http://localhost', '--browser', 'lynx'], /--browser must be one of/],
  [['fly'], /There is no command fly/],
  [['open', 'http://localhost', '--wings'], /--wings/],
])('%j: says what is wrong, and how it is used', async (args, message) => {
  const { ended, output } = start(...(args as string[]));
  expect(await ended).toBe(2);
  expect(output()).toMatch(message as RegExp);
  expect(output()).toContain('Usage:');
});

test('names the folders of the extension, each with a manifest', async () => {
  const { ended, output } = start('extension', '--browser', 'firefox');
  expect(await ended).toBe(0);
  const folder = output().trim();
  expect(folder).toMatch(/extension[\\/]firefox-mv3$/);
});
