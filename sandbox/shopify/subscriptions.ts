import { readFileSync } from 'node:fs'

/** The webhook topics that the app's configuration subscribes to. */
export function subscribedTopics(): string[] {
  const toml = readFileSync(new URL('../../shopify.app.toml', import.meta.url), 'utf8')
  return [...toml.matchAll(/^\s*topics\s*=\s*\[([^\]]*)\]/gm)].flatMap(([, list = '']) =>
    [...list.matchAll(/["']([^"']+)["']/g)].map(([, topic = '']) => topic),
  )
}
