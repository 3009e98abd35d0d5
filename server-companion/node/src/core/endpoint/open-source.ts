/** Opens a file of the project in the developer's editor, at a line. What is asked comes over the wire: it is not trusted. */
import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import launchEditor from 'launch-editor';
import type { OpenRequest } from '../../../../../protocol/index.ts';
import type { Refusal } from './gate.ts';

/** An editor that can't be started says so within this; one that was started says nothing. */
const FAULT_WAIT_MS = 700;

/** Backslashes part paths on Windows, colons name drives, streams and lines. */
const leadsAway = (segment: string): boolean =>
  segment === '' || segment === '.' || segment === '..' || /[\\:\p{Cc}]/u.test(segment);

/**
 * The real path of a file below `root`; `undefined`: it leads elsewhere, by its name or by a link, or is not a file.
 *
 * @param file as a source's frame names it: relative to the root, with slashes.
 */
export function fileBelow(root: string, file: string): string | undefined {
  if (file.split('/').some(leadsAway)) return undefined;
  // A share of another machine: asking for it sends the user's name and password hash there.
  if (/^[\\/]{2}/.test(root)) return undefined;
  try {
    const realRoot = realpathSync(root);
    const path = realpathSync(join(realRoot, ...file.split('/')));
    const way = relative(realRoot, path);
    const isBelow = way !== '' && !way.startsWith('..') && !isAbsolute(way);
    return isBelow && statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

/** `undefined`: the editor was started. */
export function openSource(root: string, { file, line, column = 1 }: OpenRequest): Promise<Refusal | undefined> {
  const path = fileBelow(root, file);
  if (path === undefined)
    return Promise.resolve({ status: 404, code: 'not-found', message: 'There is no such file below the project.' });
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), FAULT_WAIT_MS);
    launchEditor(`${path}:${line}:${column}`, (_file, fault) => {
      clearTimeout(timer);
      resolve({
        status: 404,
        code: 'gone',
        message: fault ? 'The editor ended with an error.' : 'No running editor was found.',
        fix: 'Start your editor, or name it in LAUNCH_EDITOR where the dev server runs.',
      });
    });
  });
}
