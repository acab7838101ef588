/** Undoing runs: what it would take back, and its start. */
import { redirect } from '@remix-run/node'
import type { ActionFunctionArgs } from '@remix-run/node'
import { previewUndo, startUndo, undoWish } from '../operations/undo-preview.server.ts'
import { authenticate } from '../shopify.server.ts'
import { done, failed, unknownForm } from '../ui/answer.ts'
import { fieldOf } from '../ui/form.ts'

export async function action({ request }: ActionFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const form = await request.formData()
  const wish = undoWish.safeParse(Object.fromEntries(form))
  if (!wish.success) return { answer: unknownForm }
  switch (fieldOf(form, 'intent')) {
    case 'preview':
      return { preview: await previewUndo(session.shop, wish.data) }
    case 'start': {
      const count = await startUndo(session.shop, wish.data)
      if (count === 0) return { answer: failed(nothingLeft) }
      // Where one run is shown its progress is not.
      if ('runId' in wish.data) return redirect('/app/activity?said=undo-started')
      return {
        answer: done(`Undoing ${count === 1 ? '1 run' : `${count.toLocaleString('en-US')} runs`}.`),
      }
    }
    default:
      return { answer: unknownForm }
  }
}

const nothingLeft = {
  code: 'nothing-to-undo',
  what: 'None of these runs is left to undo.',
  remedy: 'Reload the page to see how they stand now.',
  retry: 'never',
} as const
