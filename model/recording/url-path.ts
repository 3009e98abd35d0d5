/** The path of an absolute URL, without its query. */
export const pathOfUrl = (url: string) => url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/[?#].*$/, '') || '/';
