/**
 * `require` as the app's own files have it. Asked for by name and not imported: bundles of apps often begin with
 * `import { createRequire } …`, and a second such line of ours would be a syntax error there.
 */
export const requireFrom = (file: string | URL): NodeJS.Require =>
  process.getBuiltinModule('node:module').createRequire(file);
