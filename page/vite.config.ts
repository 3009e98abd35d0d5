import { fileURLToPath } from 'node:url';
import { preact } from '@preact/preset-vite';
import { defineConfig } from 'vite';
import { noMarkup } from '../scripts/no-markup.ts';
import { panelChunks } from '../scripts/panel-chunks.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

export default defineConfig({
  root: here,
  base: './',
  plugins: [preact(), noMarkup()],
  build: {
    target: 'es2024',
    outDir: fileURLToPath(new URL('../.output/page', import.meta.url)),
    emptyOutDir: true,
    // It would be a script of Vite's own that fetches by itself.
    modulePreload: false,
    rolldownOptions: panelChunks,
  },
});
