/** Whether a file handles requests before its session middleware: those find no session. A guess from the text alone. */

/** `app.use(observe(session)({ … }))`, `app.use(session({ … }))`, `app.use(cookieSession({ … }))`. */
const SESSIONS = /\b(\w+)\.use\(\s*(?:observe\(|(?:\w*[sS]ession)\()/;

export interface Misplaced {
  /** Line of the session middleware, and of the first route before it; from 1. */
  sessions: number;
  route: number;
}

/** `undefined`: nothing speaks against the order, or the file has no session middleware. */
export function routeBeforeSessions(source: string): Misplaced | undefined {
  const lines = withoutComments(source).split('\n');
  const sessions = lines.findIndex((line) => SESSIONS.test(line));
  if (sessions < 0) return undefined;
  const app = SESSIONS.exec(lines[sessions]!)![1]!;
  const route = new RegExp(
    `\\b${app}\\.(?:get|post|put|patch|delete|all)\\(\\s*['"\`]|\\b${app}\\.use\\(\\s*(?:['"\`][^'"\`]*['"\`],\\s*)?\\w*[rR]oute[rs]\\w*\\b`,
  );
  const first = lines.findIndex((line) => route.test(line));
  return first >= 0 && first < sessions ? { sessions: sessions + 1, route: first + 1 } : undefined;
}

/** Line by line as it was. */
const withoutComments = (source: string) =>
  source
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
