/** Origins: which page a URL belongs to, and whether it is this machine's. */

const LOOPBACK = /^https?:\/\/(?:localhost|[a-z0-9-]+\.localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

export const isLoopbackOrigin = (origin: string): boolean => LOOPBACK.test(origin);

/** `undefined` for what has none of http. */
export function originOf(url: string | undefined): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed.origin : undefined;
}
