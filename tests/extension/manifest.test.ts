/** What the built extension may do, in each browser: as little as it needs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/project.ts';

interface Manifest {
  permissions: string[];
  host_permissions: string[];
  optional_host_permissions: string[];
  content_security_policy: { extension_pages: string };
  [key: string]: unknown;
}

const LOOPBACK = /^https?:\/\/(?:localhost|\*\.localhost|127\.0\.0\.1|\[::1\])\/\*$/;

describe.each([
  ['Chromium', 'chrome-mv3', []],
  // Its DevTools panels may read neither cookies nor permissions: a background page does.
  ['Firefox', 'firefox-mv3', ['background']],
] as const)('the manifest for %s', (_name, folder, more) => {
  const path = join(ROOT, '.output', folder, 'manifest.json');
  const read = () => {
    if (!existsSync(path)) throw new Error(`${path} is missing: npm run build, or wxt build -b firefox`);
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  };

  test('asks for cookies and storage, for loopback, and for other sites only on a click', () => {
    const manifest = read();
    expect(manifest.permissions.toSorted()).toEqual(['cookies', 'storage']);
    expect(manifest.host_permissions.filter((pattern) => !LOOPBACK.test(pattern))).toEqual([]);
    expect(manifest.optional_host_permissions).toEqual(['http://*/*', 'https://*/*']);
  });

  test('runs nothing in pages, listens to none, and has no page but its own', () => {
    const manifest = read();
    const unwanted = ['content_scripts', 'externally_connectable', 'web_accessible_resources', 'background', 'action'];
    expect(unwanted.filter((key) => key in manifest)).toEqual(more);
  });

  test('allows its own scripts alone, and no text as markup', () => {
    const policy = read().content_security_policy.extension_pages.split(/;\s*/);
    for (const rule of ["default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"])
      expect(policy).toContain(rule);
    expect(policy.filter((rule) => /unsafe|\*|data:|blob:/.test(rule))).toEqual([]);
  });
});
