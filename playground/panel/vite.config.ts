import { fileURLToPath } from 'node:url';
import { preact } from '@preact/preset-vite';
import { defineConfig } from 'vite';
import { panelChunks } from '../../scripts/panel-chunks.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root: here,
  // Built, it may lie in any folder.
  base: './',
  plugins: [preact()],
  server: { fs: { allow: ['../..'] } },
  build: {
    outDir: fileURLToPath(new URL('../../.output/panel-page', import.meta.url)),
    emptyOutDir: true,
    rolldownOptions: { ...panelChunks, input: { index: `${here}index.html`, panel: `${here}panel.html` } },
  },
});
