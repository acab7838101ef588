import { vitePlugin as remix } from '@remix-run/dev'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'
import remixOptions from './remix.config.js'

/**
 * The server bundle starts at our own entry, so that routes, drain and jobs share one database
 * client and one set of caches in the process. A plugin, because Remix's sets the input after the
 * user's configuration.
 */
const ownServerEntry: Plugin = {
  name: 'own-server-entry',
  enforce: 'post',
  config: (_config, { isSsrBuild }) =>
    isSsrBuild ? { build: { rollupOptions: { input: './app/server.ts' } } } : {},
}

export default defineConfig(({ isSsrBuild }) => ({
  plugins: [remix(remixOptions), ownServerEntry],
  build: {
    target: isSsrBuild ? 'node24' : 'es2022',
    assetsInlineLimit: 0,
  },
  ssr: {
    // Polaris' ES modules import JSON and CSS, which Node does not load by itself. The provider around
    // our screens must get the same copy of Polaris as the screens, so it is bundled with them.
    noExternal: ['@shopify/polaris', '@shopify/shopify-app-remix'],
  },
}))
