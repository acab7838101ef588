/** What mappings give for a sample customer. By POST: an e-mail address has no place in a URL. */
import type { ActionFunctionArgs } from '@remix-run/node'
import { authenticate } from '../shopify.server.ts'
import { sampleFromForm } from '../sync/mapping-form.server.ts'
import { fieldOf } from '../ui/form.ts'

export async function action({ request }: ActionFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const form = await request.formData()
  return sampleFromForm(session.shop, fieldOf(form, 'email'), fieldOf(form, 'document'))
}
