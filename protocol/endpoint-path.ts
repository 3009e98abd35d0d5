/**
 * The path of an endpoint, wherever one is named. Segments of unreserved characters only: `//host`, `/\host`, `/..`,
 * `@host`, `%` and queries are other places to a URL parser.
 */
export const ENDPOINT_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~@-]+)+$/;
