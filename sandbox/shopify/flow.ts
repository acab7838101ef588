/** Shopify Flow's door for apps: which triggers the app's extensions declare, and what came in. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface FlowTrigger {
  at: string
  handle: string
  /** The trigger's fields by name. */
  payload: Record<string, unknown>
}

/** https://shopify.dev/docs/apps/build/flow/triggers/reference */
export const mostPayloadBytes = 50_000

const folder = fileURLToPath(new URL('../../extensions/', import.meta.url))

/** Handles of the triggers in `extensions/`, as if they were deployed, with the names of their fields. */
export function declaredTriggers(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const path of globSync('*/shopify.extension.toml', { cwd: folder })) {
    const text = readFileSync(folder + path, 'utf8')
    if (!/^type *= *"flow_trigger"/m.test(text)) continue
    const [, handle = ''] = /^handle *= *"([^"]+)"/m.exec(text) ?? []
    const keys = [...text.matchAll(/^ *key *= *"([^"]+)"/gm)].map(([, key = '']) => key)
    const references = [...text.matchAll(/^ *type *= *"(\w+)_reference"/gm)]
    found.set(handle, [...references.map(([, type]) => `${type}_id`), ...keys])
  }
  return found
}
