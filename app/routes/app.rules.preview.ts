/** What the templates of the editor give, while they are being typed. */
import type { ActionFunctionArgs } from '@remix-run/node'
import { previewTemplates } from '../rulebook/preview.server.ts'
import { authenticate } from '../shopify.server.ts'
import { failed } from '../ui/answer.ts'
import { fieldOf } from '../ui/form.ts'

export async function action({ request }: ActionFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const asked = fieldOf(await request.formData(), 'asked')
  return (await previewTemplates(session.shop, asked)) ?? failed(notPreviewed)
}

const notPreviewed = {
  code: 'preview-refused',
  what: 'The app can’t preview this.',
  remedy: 'Shorten the templates, or reload the page.',
  retry: 'never',
} as const
