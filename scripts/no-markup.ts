/**
 * Takes out of Preact the one place where a string becomes markup (`dangerouslySetInnerHTML`). No view of ours uses it,
 * and what a session holds is never markup; so a review of the built extension finds no `innerHTML` either.
 */
import type { Plugin } from 'vite';

const PREACT = /\/preact\/dist\/preact\.m?js(?:\?|$)/;
const ASSIGNMENT = /(\w+)\.innerHTML\s*=\s*(\w+)\.__html/g;

/** @throws Error where Preact no longer has that place: then this plugin is to be looked at. */
export function noMarkup(): Plugin {
  return {
    name: 'no text as markup',
    transform(code, id) {
      if (!PREACT.test(id)) return undefined;
      const changed = code.replace(ASSIGNMENT, 'void 0');
      if (changed === code) throw new Error(`There is no assignment of innerHTML in ${id}.`);
      return { code: changed, map: null };
    },
  };
}
