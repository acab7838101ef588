import { z } from 'zod'
import { declaredTriggers, mostPayloadBytes } from '../flow.ts'
import type { ResolverGroup } from './group.ts'

const triggerArgs = z.object({
  handle: z.string(),
  payload: z.record(z.string(), z.unknown()),
})

const triggers = declaredTriggers()

/**
 * Shopify documents no messages of this mutation: those here are the sandbox's own. A repeated call
 * starts the workflows again, since there is nothing by which Flow would know it.
 */
export const flow: ResolverGroup = {
  queries: {},
  mutations: {
    flowTriggerReceive: (args, { store }) => {
      const { handle, payload } = triggerArgs.parse(args)
      const refuse = (field: string, message: string) => ({
        userErrors: [{ field: [field], message }],
      })
      const fields = triggers.get(handle)
      if (!fields) return refuse('handle', `Invalid handle '${handle}'`)
      const unknown = Object.keys(payload).find((name) => !fields.includes(name))
      if (unknown !== undefined) return refuse('payload', `Unknown property '${unknown}'`)
      if (Buffer.byteLength(JSON.stringify(payload)) >= mostPayloadBytes) {
        return refuse('payload', `Payload must be under ${mostPayloadBytes} bytes`)
      }
      if (fields.includes('customer_id') && typeof payload.customer_id !== 'number') {
        return refuse('payload', "Property 'customer_id' must be a number")
      }
      store.flowTriggers.push({ at: new Date().toISOString(), handle, payload })
      return { userErrors: [] }
    },
  },
  nodes: {},
}
