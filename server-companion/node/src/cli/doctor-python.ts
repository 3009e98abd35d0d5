/** What the files of a Python project say. `manage.py check` knows more of a Django project: it runs it. */
import { basename } from 'node:path';
import type { Check } from './check.ts';
import { linesFor } from './lines-for.ts';
import type { Source } from './project-files.ts';

interface Framework {
  /** In requirements.txt, pyproject.toml and the like. */
  named: RegExp;
  name: string;
  /** How code mounts the companion. */
  mounted: RegExp;
  command: string;
  /** As its snippet names it. */
  companion: string;
}

const FRAMEWORKS: readonly Framework[] = [
  {
    named: /^\W*django\b(?![-_])/im,
    name: 'Django',
    mounted: /sessionscope\.django\.middleware\.SessionscopeMiddleware/,
    command: 'python -m sessionscope runserver',
    companion: 'sessionscope.django',
  },
  {
    named: /^\W*(?:starlette|fastapi)\b(?![-_])/im,
    name: 'Starlette or FastAPI',
    mounted: /from sessionscope\.starlette import observe|import sessionscope\.starlette/,
    command: 'python -m sessionscope uvicorn app:app',
    companion: 'sessionscope.starlette',
  },
  {
    named: /^\W*flask\b(?![-_])/im,
    name: 'Flask',
    mounted: /from sessionscope\.flask import observe|import sessionscope\.flask/,
    command: 'python -m sessionscope flask run --debug',
    companion: 'sessionscope.flask',
  },
  {
    named: /^\W*quart\b(?![-_])/im,
    name: 'Quart',
    mounted: /from sessionscope\.quart import observe|import sessionscope\.quart/,
    command: 'python -m sessionscope quart run --debug',
    companion: 'sessionscope.quart',
  },
];

const OURS = 'sessionscope.django.middleware.SessionscopeMiddleware';
const DJANGOS = 'django.contrib.sessions.middleware.SessionMiddleware';

const isManifest = ({ path }: Source) =>
  /^(?:requirements.*\.txt|pyproject\.toml|Pipfile|setup\.(?:py|cfg))$/.test(basename(path));

/** Whether anything here is Python's. */
export const isPythonProject = (files: readonly Source[]): boolean =>
  files.some((file) => isManifest(file) || basename(file.path) === 'manage.py');

/**
 * @param files of the project, its manifests and its Python sources.
 * @param isServerObserved its running server answers as an observed one: `python -m sessionscope` started it.
 */
export function checkPythonProject(files: readonly Source[], isServerObserved = false): Check[] {
  const manifests = files.filter(isManifest);
  const sources = files.filter(({ path }) => path.endsWith('.py'));
  const names = (one: Framework) =>
    manifests.some(({ text }) => text.split(/["',\n]/).some((part) => one.named.test(part))) ||
    (one.name === 'Django' && files.some(({ path }) => basename(path) === 'manage.py'));
  const present = FRAMEWORKS.filter(names);
  if (present.length === 0)
    return [
      {
        kind: 'problem',
        text: 'No file names Django, Starlette, FastAPI, Flask or Quart.',
        fix: 'Run this in the folder of your app, beside requirements.txt, pyproject.toml or manage.py.',
      },
    ];
  return present.flatMap((one) => {
    const mounting = sources.find(({ text }) => one.mounted.test(text));
    if (mounting === undefined)
      return [
        {
          kind: isServerObserved ? 'note' : 'problem',
          text: `${one.name}: no file mounts the companion.`,
          fix: `Start it with: ${one.command}. Or write:\n${linesFor(one.companion)}`,
        },
      ];
    return [
      { kind: 'ok', text: `${one.name} is observed in ${mounting.path}` },
      ...(one.name === 'Django' ? checkOrder(mounting) : []),
    ];
  });
}

function checkOrder({ path, text }: Source): Check[] {
  const entries = [...text.replace(/#.*$/gm, '').matchAll(/["']([\w.]+)["']/g)].map(([, entry]) => entry!);
  const [ours, djangos] = [entries.indexOf(OURS), entries.indexOf(DJANGOS)];
  if (djangos < 0 || djangos === ours + 1) return [];
  return [
    {
      kind: 'problem',
      text: `${path}: Sessionscope's middleware does not stand directly before SessionMiddleware.`,
      fix: `Move '${OURS}' directly before '${DJANGOS}'. python manage.py check says more.`,
    },
  ];
}
