/** The parts of a web-standard request's URL. */

export interface RequestUrl {
  isSecure: boolean;
  host: string;
  /** Path and query. */
  target: string;
}

const URL_PARTS = /^(https?):\/\/([^/?#]*)([^#]*)/i;

/**
 * Never throws: an adapter may have made the URL from a `Host` that is none (`256.256.256.256`), and what the app answers
 * to that is the app's own to say.
 */
export function readRequestUrl(url: string): RequestUrl {
  const [, scheme = 'http', host = '', target = ''] = URL_PARTS.exec(url) ?? [];
  return {
    isSecure: scheme.toLowerCase() === 'https',
    host,
    target: target.startsWith('/') ? target : `/${target}`,
  };
}
