import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import {
  buildClientSchema,
  getNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type IntrospectionQuery,
} from 'graphql'
import { z } from 'zod'

export const apiVersion = '2026-10'

/** Any one of `scopes` opens the field; `words` is how Shopify puts it to a developer. */
export interface AccessRule {
  scopes: readonly string[]
  words: string
}

const schemaFile = z.object({
  data: z.custom<IntrospectionQuery>((value) => typeof value === 'object' && value !== null),
  offline_scopes: z.object({
    items: z.array(
      z.object({
        typeName: z.string(),
        /** Absent on an item about the type as a whole. */
        fieldName: z.string().optional(),
        requiredAccess: z.string(),
        offlineScopes: z.array(z.string()),
      }),
    ),
  }),
})

/** The official Admin schema with the access scopes of its types and fields. */
export class AdminSchema {
  readonly graphql: GraphQLSchema
  readonly #rules = new Map<string, AccessRule>()

  constructor() {
    const file = readSchemaFile()
    this.graphql = buildClientSchema(file.data, { assumeValid: true })
    for (const item of file.offline_scopes.items) {
      if (item.offlineScopes.length === 0) continue
      const subject = item.fieldName ? `${item.typeName}.${item.fieldName}` : item.typeName
      this.#rules.set(subject, { scopes: item.offlineScopes, words: item.requiredAccess })
    }
  }

  /** What reading a field asks for: its own rule, or that of the type it returns. */
  accessRule(parent: GraphQLObjectType, fieldName: string): AccessRule | undefined {
    const own = this.#rules.get(`${parent.name}.${fieldName}`)
    if (own) return own
    const field = parent.getFields()[fieldName]
    // A connection is as open as what it lists.
    const returned = field && getNamedType(field.type).name.replace(/Connection$/, '')
    return returned === undefined ? undefined : this.#rules.get(returned)
  }
}

function readSchemaFile() {
  const manifest = findPackageJSON('@shopify/dev-mcp', import.meta.url)
  if (!manifest)
    throw new Error('The dev dependency @shopify/dev-mcp holds the schema: npm install')
  const path = join(dirname(manifest), 'dist', 'data', `admin_${apiVersion}.json.gz`)
  return schemaFile.parse(JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')))
}
