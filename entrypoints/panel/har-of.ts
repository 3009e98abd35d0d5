import type { HarExchange } from '../../model/index.ts';
import type { JarFate, SeenResponse } from '../../transport/index.ts';

/** What the model keeps of a response without our header. */
export const headerlessOf = (response: SeenResponse): HarExchange => factsOf(response, []);

function factsOf(response: SeenResponse, exchanges: string[]): HarExchange {
  const { key: _key, origin: _origin, discovery: _discovery, setCookies, hidesSetCookies, sent, ...facts } = response;
  return {
    ...facts,
    exchanges,
    ...(sent ? { request: sent } : {}),
    // Marks distinguish values within the transport only.
    setCookies: setCookies.map(({ name, valueLength, attributes }) => ({ name, valueLength, attributes })),
    ...(hidesSetCookies ? { hidesSetCookies } : {}),
  };
}

/** What the model keeps of a response; `undefined` for one that no observed middleware answered. */
export function harOf(
  response: SeenResponse,
  jar: readonly (JarFate | undefined)[] | undefined,
  pageOrigin: string | undefined,
): HarExchange | undefined {
  if (!response.discovery?.ok) return undefined;
  return {
    ...factsOf(
      response,
      response.discovery.items.map(({ exchange }) => exchange),
    ),
    ...(jar === undefined ? {} : { jar }),
    ...(pageOrigin === undefined ? {} : { pageOrigin }),
  };
}
