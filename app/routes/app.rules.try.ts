/** Runs the rule of the editor on an event, and writes nothing. */
import type { ActionFunctionArgs } from '@remix-run/node'
import { tryRule } from '../rulebook/try.server.ts'
import { authenticate } from '../shopify.server.ts'
import { fieldOf } from '../ui/form.ts'

export async function action({ request }: ActionFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const form = await request.formData()
  const eventId = fieldOf(form, 'eventId')
  const source = eventId === '' ? { body: fieldOf(form, 'body') } : { eventId }
  return tryRule(session.shop, fieldOf(form, 'document'), source)
}
