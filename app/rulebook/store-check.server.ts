/**
 * Whether what a rule's settings name exists in the store, and whether the store lets the app do it.
 * None of the actions depends on the store's plan, see docs/decisions/012-what-a-store-must-allow.md.
 */
import { actionOf } from '../actions/index.ts'
import type { StoreNeed } from '../actions/action.ts'
import { problemOf } from '../problem.ts'
import type { FieldProblem } from '../problem.ts'
import { missingFrom } from '../shops/health.server.ts'
import type { Rule } from '../rules/rule.ts'
import { adminOf } from '../shops/sessions.server.ts'

/** More than any rule names; Shopify takes 250 in one question. */
const mostAsked = 250

/** Asks Shopify, and only where the rule names something of the store. */
export async function checkWithStore(shop: string, { actions }: Rule): Promise<FieldProblem[]> {
  const needs = actions.flatMap(({ kind, settings }, index): StoreNeed[] =>
    (actionOf(kind)?.needs(settings) ?? []).map((need) => ({
      ...need,
      field: `actions.${index}.settings.${need.field}`,
    })),
  )
  const permissions = actions.flatMap(({ kind }, index) => {
    const { title = '', optionalScopes: scopes = [] } = actionOf(kind) ?? {}
    return scopes.length > 0 ? [{ field: `actions.${index}.settings.scopes`, title, scopes }] : []
  })
  if (needs.length + permissions.length === 0) return []
  const resources = needs.flatMap((need) => ('resource' in need ? [need.resource] : []))
  try {
    const shopify = await adminOf(shop)
    const [{ currency, grantedScopes }, existing, takesStoreCredit] = await Promise.all([
      shopify.status(),
      shopify.existing([...new Set(resources)].slice(0, mostAsked)),
      needs.some((need) => 'payment' in need) ? shopify.takesStoreCredit() : true,
    ])
    const refused = permissions.flatMap(({ field, title, scopes }): FieldProblem[] => {
      if (missingFrom(grantedScopes, scopes).length === 0) return []
      const message = `The store has not allowed the app yet to do this: ${title.toLowerCase()}. Allow it, then save again.`
      return [{ field, message }]
    })
    const unmet = needs.flatMap((need): FieldProblem[] => {
      if ('currency' in need) {
        if (need.currency === currency) return []
        return [{ field: need.field, message: `The store’s currency is ${currency}. Use that.` }]
      }
      if ('payment' in need) {
        return takesStoreCredit ? [] : [{ field: need.field, message: storeCreditOff }]
      }
      if (existing.has(need.resource)) return []
      const message = `“${need.title}” no longer exists in the store. Take it out or choose another.`
      return [{ field: need.field, message }]
    })
    return [...refused, ...unmet]
  } catch (error) {
    const { what, remedy } = problemOf(error)
    return [
      { field: 'rule', message: `The rule could not be checked with Shopify: ${what} ${remedy}` },
    ]
  }
}

const storeCreditOff =
  'The store’s customers can’t pay with store credit. Switch it on in Shopify under Settings > Customer accounts, then save again.'
