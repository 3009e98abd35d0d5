import preact from '@preact/preset-vite';
import { defineConfig } from 'wxt';
import { EXTENSION_PUBLIC_KEY, FIREFOX_EXTENSION_ID } from './extension-identity.ts';
import { noMarkup } from './scripts/no-markup.ts';
import { panelChunks } from './scripts/panel-chunks.ts';

/** `wxt zip --mode store`: what is uploaded. Its unpacked folder ends in `-store`, so no build overwrites the other. */
const STORE_MODE = 'store';

/**
 * The extension's own scripts, styles and pictures, calls to dev servers, and nothing else. Written out whole:
 * Firefox's default would turn http into https on loopback.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  // Which hosts, host permissions decide.
  'connect-src http: https:',
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const LOOPBACK = [
  'http://localhost/*',
  'https://localhost/*',
  'http://*.localhost/*',
  'https://*.localhost/*',
  'http://127.0.0.1/*',
  'https://127.0.0.1/*',
  'http://[::1]/*',
  'https://[::1]/*',
];

export default defineConfig({
  imports: false,
  manifestVersion: 3,
  modules: ['@wxt-dev/webextension-polyfill'],
  hooks: {
    'config:resolved': ({ config }) => {
      // WXT takes the name of any mode for NODE_ENV: without this, stores would get a development build.
      if (config.mode === STORE_MODE) process.env['NODE_ENV'] = 'production';
    },
  },
  vite: () => ({ plugins: [preact(), noMarkup()], build: { rolldownOptions: panelChunks } }),
  zip: {
    // The stores' end in `-store`; the others are loaded by hand, and companions know their ID.
    artifactTemplate: '{{name}}-{{version}}-{{browser}}-{{manifestVersion}}{{modeSuffix}}.zip',
    name: 'sessionscope',
    // What a reviewer of Mozilla's builds: the extension, and what npm needs to install its tools from the lock file.
    includeSources: [
      '{components,entrypoints,model,protocol,public,transport}/**/*',
      '{package,package-lock,tsconfig.base}.json',
      '{extension-identity,wxt.config}.ts',
      'scripts/{no-markup,panel-chunks}.ts',
      '{server-companion/node,django-sessions,playground}/package.json',
      '.npmrc',
      'LICENSE',
      'docs/publishing/BUILD.md',
    ],
    excludeSources: ['**/*.cases.ts', '**/fixtures/**'],
  },
  manifest: ({ browser, mode }) => ({
    name: 'Sessionscope',
    description: 'Shows what happens to the server-side session behind a page, while it happens.',
    permissions: ['cookies', 'storage'],
    host_permissions: LOOPBACK,
    // Asked for one origin at a time, on the user's click.
    optional_host_permissions: ['http://*/*', 'https://*/*'],
    content_security_policy: { extension_pages: CONTENT_SECURITY_POLICY },
    ...(browser === 'firefox'
      ? {
          browser_specific_settings: {
            gecko: {
              id: FIREFOX_EXTENSION_ID,
              strict_min_version: '142.0',
              data_collection_permissions: { required: ['none'] },
            },
          },
        }
      : {
          // Stores refuse a key, and give an ID of their own.
          ...(mode === STORE_MODE ? {} : { key: EXTENSION_PUBLIC_KEY }),
          minimum_chrome_version: '126',
        }),
  }),
});
