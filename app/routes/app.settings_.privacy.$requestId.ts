/** The answer to a privacy request, as a file. */
import type { LoaderFunctionArgs } from '@remix-run/node'
import { authenticate } from '../shopify.server.ts'
import { privacyAnswerOf } from '../shops/privacy.server.ts'

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const answer = await privacyAnswerOf(session.shop, params['requestId'] ?? '')
  if (answer === null) throw new Response('There is no such answer.', { status: 404 })
  return new Response(answer, {
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Disposition': 'attachment; filename="customer-data.json"',
      'Cache-Control': 'no-store',
    },
  })
}
