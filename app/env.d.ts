/// <reference types="vite/client" />

/** The app's routes, as Remix's Vite plugin bundles them. */
declare module 'virtual:remix/server-build' {
  import type { ServerBuild } from '@remix-run/node'
  const build: ServerBuild
  export = build
}
