/**
 * Everything that a release does up to the last step, which needs an account: `npm run dry-run`. Builds the stores' zips,
 * packs both npm packages, builds and checks the Python package, writes the SBOMs, and tries each in empty projects, on
 * every Node and Python that is promised and here. What it made is in `.tmp/dry-run/out`. `--tag v1.2.3`: that this is
 * the version. `--only npm`, `python` or `zips`.
 */
import { cpSync, existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Listr } from 'listr2';
import { ROOT } from './project.ts';
import { pythonOf } from './python-env.ts';
import { run, type RunOptions } from './run.ts';
import { VERSIONED, versionIn } from './sync-versions.ts';

const { values } = parseArgs({ options: { tag: { type: 'string' }, only: { type: 'string' } } });
const FOLDER = join(ROOT, '.tmp', 'dry-run');
const OUT = join(FOLDER, 'out');
const PACKAGES = { sessionscope: 'server-companion/node', '@sessionscope/django-sessions': 'django-sessions' };
/** Of Python 3; what the package promises. */
const PYTHON_MINORS = [10, 11, 12, 13];

/** @throws Error with all that was printed where the command fails. */
async function must(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, output } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}\n${output.trim()}`);
  return output;
}

function emptyFolder(name: string): string {
  const folder = join(FOLDER, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

const version = versionIn(VERSIONED[0]!);

function checkVersions(): void {
  for (const place of VERSIONED)
    if (versionIn(place) !== version)
      throw new Error(`${place.file} says ${versionIn(place)}, not ${version}: npm run release:version`);
  if (values.tag !== undefined && values.tag !== `v${version}`)
    throw new Error(`The tag is ${values.tag}, and the packages are ${version}.`);
}

/** The stores' zips, and those that people load by hand. */
async function makeZips(): Promise<void> {
  await must('npm', ['run', 'zip']);
  await must('wxt', ['zip']);
  await must('wxt', ['zip', '-b', 'firefox']);
  await must('web-ext', ['lint', '--source-dir', '.output/firefox-mv3-store', '--warnings-as-errors']);
  mkdirSync(join(OUT, 'extension'), { recursive: true });
  for (const name of globSync(`sessionscope-${version}-*.zip`, { cwd: join(ROOT, '.output') }))
    cpSync(join(ROOT, '.output', name), join(OUT, 'extension', name));
}

async function packNpm(): Promise<void> {
  const folder = join(OUT, 'npm');
  mkdirSync(folder, { recursive: true });
  for (const [name, source] of Object.entries(PACKAGES)) {
    await must('npm', ['pack', '--pack-destination', folder], { cwd: join(ROOT, source) });
    // What was bundled comes from the development dependencies: they are named too.
    const bill = await must('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'library', '-w', name]);
    writeFileSync(join(folder, `${name.replace('@', '').replace('/', '-')}.cdx.json`), bill.slice(bill.indexOf('{')));
  }
}

const APP = `import express from 'express';
import session from 'express-session';
const app = express();
app.use(session({ secret: 'dry run', resave: false, saveUninitialized: false }));
app.get('/', (request, response) => {
  request.session.visits = 1;
  response.send('ok');
});
const server = app.listen(0, '127.0.0.1', async () => {
  const response = await fetch('http://127.0.0.1:' + server.address().port);
  console.log(process.version, response.status, response.headers.has('sessionscope') ? 'observed' : 'not observed');
  server.closeAllConnections();
  server.close();
});
`;

/** A new user's first minute, with the packed files in place of the registry's. */
async function tryNpm(): Promise<string> {
  const folder = emptyFolder('npm');
  const tarballs = globSync('*.tgz', { cwd: join(OUT, 'npm') }).map((name) => join(OUT, 'npm', name));
  writeFileSync(join(folder, 'app.mjs'), APP);
  await must('npm', ['init', '-y'], { cwd: folder });
  const nodes = ['node22@npm:node@22', 'node24@npm:node@24'];
  await must('npm', ['install', '--prefer-offline', 'express', 'express-session', ...nodes, ...tarballs], {
    cwd: folder,
  });
  const tried: string[] = [];
  for (const name of ['node22', 'node24']) {
    const node = join(folder, 'node_modules', name, 'bin', 'node');
    const start = async (mode: string) =>
      must(node, ['--import', 'sessionscope/register', 'app.mjs'], { cwd: folder, env: { NODE_ENV: mode } });
    for (const [mode, word] of [
      ['development', ' 200 observed'],
      ['production', ' 200 not observed'],
    ] as const) {
      const output = await start(mode);
      if (!output.includes(word)) throw new Error(`${name}, NODE_ENV=${mode}: ${output}`);
    }
    const command = join(folder, 'node_modules', 'sessionscope', 'dist', 'cli.js');
    const extension = await must(node, [command, 'extension', '--browser', 'firefox'], { cwd: folder });
    if (!existsSync(join(extension.trim(), 'manifest.json'))) throw new Error(`${name}: no extension at ${extension}`);
    tried.push(name);
  }
  for (const tarball of tarballs)
    await must('npm', ['publish', '--dry-run', '--tag', 'dry-run', tarball], { cwd: folder });
  return tried.join(', ');
}

async function buildPython(): Promise<void> {
  const tools = join(ROOT, '.venv', 'publish');
  const python = pythonOf(tools);
  if (!existsSync(python)) await must('python3', ['-m', 'venv', tools]);
  await must(python, ['-m', 'pip', 'install', '--quiet', 'uv', 'twine', 'cyclonedx-bom']);
  const out = join(OUT, 'pypi');
  rmSync(out, { recursive: true, force: true });
  await must(python, ['-m', 'uv', 'build', '--out-dir', out, 'server-companion/python']);
  // uv keeps its folder out of git by a file, which no index takes.
  rmSync(join(out, '.gitignore'), { force: true });
  await must(python, [
    '-m',
    'twine',
    'check',
    '--strict',
    ...globSync('*', { cwd: out }).map((name) => join(out, name)),
  ]);
}

/** What comes with the wheel, all extras included, as it is installed: beside the files for the index, which takes no other. */
async function billPython(): Promise<void> {
  const [wheel] = globSync('*.whl', { cwd: join(OUT, 'pypi') });
  const folder = emptyFolder('python-sbom');
  const python = pythonOf(join(folder, 'venv'));
  const tools = pythonOf(join(ROOT, '.venv', 'publish'));
  await must(tools, ['-m', 'venv', '--without-pip', join(folder, 'venv')]);
  const extras = '[django,flask,quart,starlette,redis]';
  await must(tools, ['-m', 'uv', 'pip', 'install', '--quiet', '--python', python, join(OUT, 'pypi', wheel!) + extras]);
  const options = [
    '--mc-type',
    'library',
    '--output-reproducible',
    '--pyproject',
    'server-companion/python/pyproject.toml',
  ];
  const bill = join(OUT, 'sessionscope-python.cdx.json');
  await must(tools, ['-m', 'cyclonedx_py', 'environment', ...options, '-o', bill, python]);
}

/** A Django project of one file, and the same without a line of ours: its first response bears the header. */
const djangoProject = (isOurs: boolean) => `import os, sys
from django.conf import settings
settings.configure(
    DEBUG=True, SECRET_KEY='dry run', ALLOWED_HOSTS=['*'], ROOT_URLCONF=__name__,
    SESSION_ENGINE='django.contrib.sessions.backends.signed_cookies',
    INSTALLED_APPS=['django.contrib.sessions'${isOurs ? ", 'sessionscope.django'" : ''}],
    MIDDLEWARE=[${isOurs ? "'sessionscope.django.middleware.SessionscopeMiddleware', " : ''}'django.contrib.sessions.middleware.SessionMiddleware'],
)
import django
django.setup()
from django.http import HttpResponse
from django.test import Client
from django.urls import path

def page(request):
    request.session['visits'] = 1
    return HttpResponse('ok')

urlpatterns = [path('', page)]
response = Client(headers={'host': 'localhost'}).get('/')
print(sys.version.split()[0], django.get_version(), response.status_code, 'observed' if response.has_header('sessionscope') else 'not observed')
`;

/** Pythons of the promised minors that are here. */
async function findPythons(): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  const candidates = [
    ...PYTHON_MINORS.map((minor) => `python3.${minor}`),
    ...globSync('.pyenv/versions/3.*/bin/python', { cwd: homedir() }).map((path) => join(homedir(), path)),
  ];
  for (const candidate of candidates) {
    const { code, output } = await run(candidate, [
      '-c',
      'import sys, venv, ensurepip; print(sys.version_info[1])',
    ]).catch(() => ({ code: 1, output: '' }));
    const minor = Number(output.trim());
    if (code === 0 && PYTHON_MINORS.includes(minor) && !found.has(minor)) found.set(minor, candidate);
  }
  return found;
}

async function tryPython(): Promise<string> {
  const pythons = await findPythons();
  const tried: string[] = [];
  for (const [minor, command] of pythons)
    for (const name of globSync('*.{whl,tar.gz}', { cwd: join(OUT, 'pypi') })) {
      // The sdist is the same code: one Python builds it.
      if (name.endsWith('.tar.gz') && minor !== Math.min(...pythons.keys())) continue;
      const folder = emptyFolder(`python3.${minor}-${name.endsWith('.whl') ? 'wheel' : 'sdist'}`);
      const python = pythonOf(join(folder, 'venv'));
      await must(command, ['-m', 'venv', join(folder, 'venv')]);
      await must(python, ['-m', 'pip', 'install', '--quiet', `${join(OUT, 'pypi', name)}[django]`], { cwd: folder });
      writeFileSync(join(folder, 'project.py'), djangoProject(true));
      writeFileSync(join(folder, 'plain.py'), djangoProject(false));
      for (const words of [['project.py'], ['-m', 'sessionscope', 'plain.py']]) {
        const output = await must(python, words, { cwd: folder });
        if (!output.includes(' 200 observed')) throw new Error(`Python 3.${minor}, ${name}, ${words[0]}: ${output}`);
        tried.push(output.trim().split('\n').at(-1)!);
      }
    }
  const missing = PYTHON_MINORS.filter((minor) => !pythons.has(minor));
  return [
    ...tried,
    ...(missing.length > 0 ? [`not here: Python ${missing.map((minor) => `3.${minor}`).join(', ')}`] : []),
  ].join('; ');
}

/** What a person still has to decide. */
async function openQuestions(): Promise<string[]> {
  const open: string[] = [];
  for (const source of Object.values(PACKAGES)) {
    const { repository } = (await import(join(ROOT, source, 'package.json'), { with: { type: 'json' } })).default as {
      repository?: unknown;
    };
    if (repository === undefined) open.push(`${source}/package.json has no repository: provenance needs it.`);
  }
  return open;
}

const wants = (part: string) => values.only === undefined || values.only === part;
const said: string[] = [];
const step = (part: string, title: string, work: () => unknown) => ({
  title,
  skip: () => !wants(part),
  task: async () => {
    const result = await work();
    if (typeof result === 'string') said.push(`${title}: ${result}`);
  },
});

if (values.only === undefined) rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
try {
  await new Listr(
    [
      step('npm', 'the same version everywhere', checkVersions),
      step('zips', 'zips for the stores', makeZips),
      step('npm', 'npm packages and their SBOMs', packNpm),
      step('npm', 'npm packages in an empty project', tryNpm),
      step('python', 'wheel and sdist', buildPython),
      step('python', 'SBOM of the wheel', billPython),
      step('python', 'wheel and sdist in empty projects', tryPython),
    ],
    { rendererOptions: { collapseErrors: false } },
  ).run();
  for (const line of [...said, ...(await openQuestions()).map((question) => `to decide: ${question}`)])
    console.log(line);
  console.log(`Nothing was published. What would be is in ${OUT}`);
} catch {
  // The list has shown what failed.
  process.exitCode = 1;
}
