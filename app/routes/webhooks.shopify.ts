/** Where Shopify tells us things. It comes again, for four hours, after anything but 2xx. */
import type { ActionFunctionArgs } from '@remix-run/node'
import { ZodError } from 'zod'
import { log } from '../log.server.ts'
import { obey, receiveWebhook } from '../shops/webhooks.server.ts'

export async function action({ request }: ActionFunctionArgs) {
  if (request.method !== 'POST') return notPost()
  try {
    const received = await receiveWebhook(request)
    if (!received.ok) return new Response(received.why, { status: received.status })
    await obey(received.webhook)
    return new Response(null, { status: 200 })
  } catch (error) {
    if (error instanceof ZodError) {
      return new Response('The body does not fit the topic.', { status: 400 })
    }
    log.error({ err: error }, 'a webhook of Shopify’s could not be obeyed')
    return new Response('Try again later.', { status: 500 })
  }
}

export const loader = () => notPost()

const notPost = () => new Response('Send a POST.', { status: 405, headers: { Allow: 'POST' } })
