/** `Cache-Control` that lets a shared cache keep a response. */
export function isSharedCacheable(cacheControl: string): boolean {
  const directives = cacheControl
    .toLowerCase()
    .split(',')
    .map((part) => part.trim());
  if (
    directives.some(
      (one) => one === 'private' || one === 'no-store' || one === 'no-cache' || one.startsWith('private='),
    )
  )
    return false;
  return directives.some((one) => one === 'public' || /^s-maxage=[1-9]/.test(one) || /^max-age=[1-9]/.test(one));
}
