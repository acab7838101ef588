/** Where Klaviyo posts. 202 means committed; nothing else is a yes. */
import type { ActionFunctionArgs } from '@remix-run/node'
import { append } from '../events/inbox.server.ts'
import { receive } from '../events/receive.server.ts'
import type { Refusal } from '../events/receive.server.ts'
import { log } from '../log.server.ts'

export async function action({ request, params }: ActionFunctionArgs) {
  if (request.method !== 'POST') return answer(405, { error: 'Send a POST.' }, { Allow: 'POST' })
  try {
    const delivery = await receive(request, params['endpointId'] ?? '')
    if (!delivery.ok) return refused(delivery.refusal)
    await append(delivery.endpoint, delivery.events)
    return answer(202, { accepted: delivery.events.length })
  } catch (error) {
    // Klaviyo drops a delivery for good on most statuses, but comes back on 503.
    log.error({ err: error }, 'a delivery could not be stored')
    return answer(
      503,
      { error: 'The event could not be stored. Send it again.' },
      { 'Retry-After': '5' },
    )
  }
}

export const loader = () => answer(405, { error: 'Send a POST.' }, { Allow: 'POST' })

function refused(refusal: Refusal): Response {
  switch (refusal.kind) {
    case 'unauthorized':
      return answer(401, {
        error: 'Unknown endpoint or wrong secret. Compare URL and header with the settings screen.',
      })
    case 'too-large':
      return answer(413, {
        error: `The body is larger than ${refusal.limitBytes} bytes. Send fewer events at once.`,
      })
    case 'malformed':
      return answer(400, { error: 'The body could not be read.', problems: refusal.problems })
    case 'too-fast':
      return answer(
        429,
        { error: 'More events than this endpoint takes in a minute. Send it again later.' },
        { 'Retry-After': String(refusal.retryAfterSeconds) },
      )
  }
}

function answer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers })
}
