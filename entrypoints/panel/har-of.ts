import type { HarExchange } from '../../model/index.ts';
import type { SeenResponse } from '../../transport/index.ts';

/** What the model keeps of a response that an observed middleware answered. */
export function harOf(response: SeenResponse): HarExchange | undefined {
  if (!response.discovery?.ok) return undefined;
  const { url, method, status, startedAt, durationMs, cookieNames, setCookies, hidesCookies, fromCache, resourceType } =
    response;
  return {
    exchanges: response.discovery.items.map(({ exchange }) => exchange),
    url,
    method,
    status,
    startedAt,
    durationMs,
    setCookies,
    fromCache,
    ...(hidesCookies ? { hidesCookies } : {}),
    ...(cookieNames ? { cookieNames } : {}),
    ...(resourceType ? { resourceType } : {}),
  };
}
