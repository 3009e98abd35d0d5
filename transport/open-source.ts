/** Opens a line of server code in the editor, if it lies below the project's root. */
import type { EpochStarted, Frame } from '../protocol/index.ts';

/** Editors that take `scheme://file/path:line:column`. */
const SCHEMES: ReadonlySet<string> = new Set(['vscode', 'vscode-insiders', 'vscodium', 'cursor', 'windsurf', 'zed']);

/** Backslashes part paths on Windows, colons name drives and streams; control characters are in no file of an app. */
const leadsAway = (segment: string): boolean =>
  segment === '' || segment === '.' || segment === '..' || /[\\:\p{Cc}]/u.test(segment);

/**
 * The editor's link for a frame; `undefined` where its file does not lie below the root: the companion is not
 * trusted with where a link leads.
 */
export function editorLink(frame: Frame, root: string | undefined, scheme = 'vscode'): string | undefined {
  if (root === undefined || !SCHEMES.has(scheme)) return undefined;
  const segments = frame.file.split('/');
  if (segments.some(leadsAway)) return undefined;
  const base = root.replaceAll('\\', '/').replace(/\/$/, '');
  // A root of two slashes is a share of another machine: asking for it sends the user's name and password hash there.
  const roots = /^(?:[A-Za-z]:)?\/(?!\/)(.*)$/s.exec(base)?.[1]?.split('/');
  if (roots === undefined || roots.some((segment) => segment !== '' && leadsAway(segment))) return undefined;
  const path = [...base.split('/'), ...segments].map(encodeURIComponent).join('/').replaceAll('%3A', ':');
  return `${scheme}://file${path.startsWith('/') ? '' : '/'}${path}:${frame.line}:${frame.column ?? 1}`;
}

export interface OpenSource {
  server: Pick<EpochStarted, 'root' | 'capabilities'> | undefined;
  isPaired: boolean;
  /** Scheme of the editor that the user chose. */
  editor: string;
  /** Has the server start the editor. */
  start(): Promise<void>;
  /** Opens a link. */
  follow(link: string): void;
}

/** The server knows which editor runs; without a pairing, or where it finds none or starts none, a link does. */
export function openSource(frame: Frame, { server, isPaired, editor, start, follow }: OpenSource): void {
  const openLink = () => {
    const link = editorLink(frame, server?.root, editor);
    if (link !== undefined) follow(link);
  };
  if (isPaired && server?.capabilities?.includes('open') === true) start().catch(openLink);
  else openLink();
}
