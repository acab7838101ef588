/** What the templates of the editor give, while they are being typed. */
import type { ActionFunctionArgs } from '@remix-run/node'
import { previewTemplates } from '../rulebook/preview.server.ts'
import { authenticate } from '../shopify.server.ts'
import { fieldOf } from '../ui/form.ts'

export async function action({ request }: ActionFunctionArgs) {
  const { session } = await authenticate.admin(request)
  return previewTemplates(session.shop, fieldOf(await request.formData(), 'asked'))
}
