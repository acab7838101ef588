/** Shopify Flow: start workflows, many with few requests. */
import { problemOf } from '../problem.ts'
import type { Problem } from '../problem.ts'
import type { AdminApi } from './admin.ts'
import { pagesOf } from './batch.ts'
import type { Ask, Document } from './batch.ts'
import { startFlow } from './documents.ts'
import { problemOfFlow } from './problems.ts'
import { resultOf } from './send.server.ts'
import type { Answer } from './send.server.ts'

/** A payload may have 50 kB. */
const triggersPerMutation = 25

export function flowCalls(
  carryOut: <D extends Document>(asks: Ask<D>[]) => Promise<Answer>,
): Pick<AdminApi, 'startFlows'> {
  return {
    async startFlows(handle, payloads) {
      const pages = pagesOf(payloads, triggersPerMutation).map(async (page) => {
        const asks = page.map((payload) => ({
          operation: startFlow,
          variables: { handle, payload },
        }))
        try {
          const answer = await carryOut(asks)
          return asks.map((ask, index) => complaintOf(answer, ask, index))
        } catch (error) {
          const problem = problemOf(error)
          return page.map(() => problem)
        }
      })
      return (await Promise.all(pages)).flat()
    },
  }
}

function complaintOf(
  answer: Answer,
  ask: Ask<typeof startFlow.document>,
  number: number,
): Problem | null {
  try {
    const { outcome } = resultOf(answer, ask, number)
    const [complaint] = outcome?.userErrors ?? []
    return complaint ? problemOfFlow(complaint.message) : null
  } catch (error) {
    return problemOf(error)
  }
}
