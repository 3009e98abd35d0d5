/** A cookie's place, in words: `path /app on shop.test`. */
export const placeLabel = ({ path, domain }: { path?: string; domain?: string }): string =>
  [path === undefined ? '' : `path ${path}`, domain === undefined ? '' : `on ${domain.replace(/^\./, '*.')}`]
    .filter((word) => word !== '')
    .join(' ') || 'place not known';
