/** Opens a line of server code in the editor, if it lies below the project's root. */
import type { Frame } from '../../protocol/index.ts';

/** Editors that take `scheme://file/path:line:column`. */
const SCHEMES: ReadonlySet<string> = new Set(['vscode', 'vscode-insiders', 'vscodium', 'cursor', 'windsurf', 'zed']);

/**
 * The editor's link for a frame; `undefined` where its file does not lie below the root: the companion is not
 * trusted with where a link leads.
 */
export function editorLink(frame: Frame, root: string | undefined, scheme = 'vscode'): string | undefined {
  if (root === undefined || !SCHEMES.has(scheme)) return undefined;
  const segments = frame.file.split('/');
  if (
    frame.file.startsWith('/') ||
    /^[a-z]+:/i.test(frame.file) ||
    segments.some((segment) => segment === '..' || segment === '')
  )
    return undefined;
  const base = root.replaceAll('\\', '/').replace(/\/$/, '');
  if (!/^(?:\/|[A-Za-z]:\/)/.test(base)) return undefined;
  const path = [...base.split('/'), ...segments].map(encodeURIComponent).join('/').replaceAll('%3A', ':');
  return `${scheme}://file${path.startsWith('/') ? '' : '/'}${path}:${frame.line}:${frame.column ?? 1}`;
}
