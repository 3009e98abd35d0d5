import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Built as their users' production builds are. */
export default defineConfig({
  root: here,
  base: './',
  define: { 'process.env.NODE_ENV': '"production"' },
  build: { emptyOutDir: true, chunkSizeWarningLimit: 4_000, rolldownOptions: { input: `${here}panel.html` } },
});
