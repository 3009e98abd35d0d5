/** The path of a request's URL as the wire reports it: mount included, without the query, which may hold secrets. */
export function pathOf(url = '/'): string {
  const query = url.indexOf('?');
  return (query < 0 ? url : url.slice(0, query)).slice(0, 1024);
}
