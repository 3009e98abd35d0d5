/** `npm run check`: format, lint, import rules, types of every module, dead code, package exports; Python's too. */
import { join } from 'node:path';
import { Listr } from 'listr2';
import { checkImports } from './import-rules.ts';
import { projectFiles, ROOT } from './project.ts';
import { ensurePythonEnvironments, pythonOf } from './python-env.ts';
import { run } from './run.ts';

const ROOM_CONFIGS = [
  'protocol',
  'model',
  'transport',
  'components',
  'entrypoints',
  'page',
  'server-companion/node',
  'django-sessions',
  'tests',
  'bench',
  'playground',
  'tsconfig.tests.json',
];

const command = (title: string, name: string, ...args: string[]) => ({
  title,
  task: async () => {
    const { code, output } = await run(name, args);
    if (code !== 0) throw new Error(`${name} ${args.join(' ')}\n${output.trim()}`);
  },
});

const COMPANION = 'server-companion/python';
const RULES = ['--config', `${COMPANION}/pyproject.toml`];
/** Python that lies elsewhere, by the same rules. */
const SCRIPTS = [
  'playground/django',
  'playground/flask',
  'playground/scenarios/python',
  'playground/starlette',
  'tests/django',
  'tests/public-apps',
];

/** Why Python's checks were not run; empty: they can be. */
let withoutPython = '';

/** A module of a Django environment of ours, on the Django companion; says why where there is none. */
const python = (title: string, version: '42' | '52', module: string, ...args: string[]) => ({
  title,
  skip: () => withoutPython,
  task: async () => {
    const { code, output } = await run(pythonOf(join(ROOT, '.venv', `django${version}`)), ['-m', module, ...args], {
      // The plug-in of django-stubs imports the settings of the companion's tests.
      env: { PYTHONPATH: join(ROOT, COMPANION, 'tests'), MYPYPATH: join(ROOT, COMPANION, 'src') },
    });
    if (code !== 0) throw new Error(`${module} ${args.join(' ')}\n${output.trim()}`);
  },
});

// Takes minutes on a new machine, most of them on one core: beside the other tasks.
const environments = ensurePythonEnvironments();
// Where it fails, its task below says so.
environments.catch(() => {});

const tasks = new Listr(
  [
    command('build what is published', 'npm', 'run', 'build:packages'),
    command('format', 'oxfmt', '--check', '.'),
    command('lint', 'oxlint', '.'),
    {
      title: 'import rules',
      task: () => {
        const faults = checkImports(ROOT, projectFiles());
        if (faults.length > 0) throw new Error(faults.join('\n'));
      },
    },
    ...ROOM_CONFIGS.map((config) => command(`types: ${config}`, 'tsc', '-p', config)),
    command('extension for Chrome and Edge, packed', 'wxt', 'zip', '--mode', 'store'),
    command('extension for Firefox, packed', 'wxt', 'zip', '-b', 'firefox', '--mode', 'store'),
    command('add-on rules', 'web-ext', 'lint', '--source-dir', '.output/firefox-mv3-store', '--warnings-as-errors'),
    command('dead code', 'knip'),
    {
      title: 'Python with Django 4.2 and 5.2',
      task: async (_context, task) => {
        const result = await environments;
        if (result.ok) return;
        withoutPython = result.reason;
        task.skip(`Python's checks were not run: ${result.reason}`);
      },
    },
    python('Python: format', '52', 'ruff', 'format', '--check', COMPANION),
    python('Python: format of the demo and tests', '52', 'ruff', 'format', '--check', ...RULES, ...SCRIPTS),
    python('Python: lint', '52', 'ruff', 'check', COMPANION),
    python('Python: lint of the demo and tests', '52', 'ruff', 'check', ...RULES, ...SCRIPTS),
    ...(['42', '52'] as const).map((version) =>
      python(
        `Python: types, Django ${version[0]}.${version[1]}`,
        version,
        'mypy',
        '--config-file',
        `${COMPANION}/pyproject.toml`,
        '--cache-dir',
        `.tmp/mypy-${version}`,
        `${COMPANION}/src/sessionscope`,
      ),
    ),
    ...['server-companion/node', 'django-sessions'].flatMap((folder) => [
      command(`package: ${folder}`, 'publint', '--strict', folder),
      command(`package types: ${folder}`, 'attw', '--pack', folder, '--profile', 'strict'),
    ]),
  ],
  // Without `collectErrors` no failed task is printed, and this ends well whatever failed.
  { exitOnError: false, collectErrors: true, concurrent: false, rendererOptions: { collapseErrors: false } },
);

await tasks.run();
if ((tasks.errors ?? []).length > 0) process.exitCode = 1;
