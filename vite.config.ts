import { vitePlugin as remix } from '@remix-run/dev'
import { defineConfig } from 'vite'
import remixOptions from './remix.config.js'

export default defineConfig(({ isSsrBuild }) => ({
  plugins: [remix(remixOptions)],
  build: {
    target: isSsrBuild ? 'node24' : 'es2022',
    assetsInlineLimit: 0,
    // The server bundle starts at our own entry, so that routes, drain and jobs share one database
    // client and one set of caches in the process.
    ...(isSsrBuild ? { rollupOptions: { input: './app/server.ts' } } : {}),
  },
  ssr: {
    // Shipped as CommonJS-flavoured ESM that Node does not load by itself.
    noExternal: ['@shopify/polaris'],
  },
}))
