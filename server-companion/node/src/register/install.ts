/** What `sessionscope/register` does where it is on. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import nodeModule from 'node:module';
import { join } from 'node:path';
import { projectRoot } from '../core/identity.ts';
import { installHooks } from './hooks.ts';
import { HOOKED, type HookedLibrary } from './libraries.ts';

/**
 * With the first request everything that an app loads at its start is loaded; with so many, what it loads with a page: a
 * page of a framework's dev server has dozens of files.
 */
const LATE_REQUESTS = 50;

const say = (text: string) => process.stderr.write(`Sessionscope: ${text}\n`);

/** Hooks what is loaded from now on. Prints nothing in a process that never serves a request with a session. */
export function install(): void {
  const { registerHooks } = nodeModule as Partial<typeof nodeModule>;
  if (registerHooks === undefined) {
    say(
      `Node ${process.versions.node} cannot observe without a changed line: Node 22.15 or later can. ${linesOf(HOOKED)}`,
    );
    return;
  }
  const faults = new Set<string>();
  const hooks = installHooks(registerHooks, nodeModule.Module.prototype as object, (library, why) => {
    faults.add(library.package);
    say(`${library.package} could not be observed (${why}). Write ${library.line}`);
  });
  for (const library of HOOKED.filter(isLoaded)) {
    faults.add(library.package);
    say(
      `${library.package} was loaded before sessionscope/register. Put --import sessionscope/register first, or write ${library.line}`,
    );
  }
  let requests = 0;
  const onRequest = () => {
    requests += 1;
    if (requests > 1 && requests < LATE_REQUESTS) return;
    const installed = requests === 1 ? installedHere().filter(({ isLate }) => isLate !== true) : installedHere();
    const missed = installed.filter(({ package: name }) => !hooks.observed.has(name) && !faults.has(name));
    if (requests >= LATE_REQUESTS || missed.length > 0) unsubscribe('http.server.request.start', onRequest);
    if (missed.length > 0 && hooks.observed.size === 0)
      say(
        `${namesOf(missed)} is a dependency and was not loaded from node_modules: a bundle holds it, or another process. ${linesOf(missed)}`,
      );
  };
  subscribe('http.server.request.start', onRequest);
}

const namesOf = (libraries: readonly HookedLibrary[]) => libraries.map((library) => library.package).join(' and ');
const linesOf = (libraries: readonly HookedLibrary[]) => `Write ${libraries.map(({ line }) => line).join(' or ')}`;

const isLoaded = ({ file }: HookedLibrary): boolean =>
  Object.keys(nodeModule.createRequire(join(process.cwd(), 'x.js')).cache).some((path) =>
    file.test(path.replaceAll('\\', '/')),
  );

/** Those that the project names in its package.json. */
function installedHere(): HookedLibrary[] {
  try {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(
      readFileSync(join(projectRoot(process.cwd()), 'package.json'), 'utf8'),
    ) as { dependencies?: object; devDependencies?: object };
    return HOOKED.filter(({ package: name }) => name in dependencies || name in devDependencies);
  } catch {
    return [];
  }
}
