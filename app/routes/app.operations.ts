/** The operations of a shop, for the list that watches them, and what the merchant does with one. */
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import {
  listOperations,
  pauseOperation,
  resumeOperation,
  stopOperation,
} from '../operations/operations.server.ts'
import { authenticate } from '../shopify.server.ts'
import { done, gone, unknownForm } from '../ui/answer.ts'
import type { Answer } from '../ui/answer.ts'
import { fieldOf } from '../ui/form.ts'

export async function loader({ request }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  return { operations: await listOperations(session.shop) }
}

export async function action({ request }: ActionFunctionArgs): Promise<Answer> {
  const { session } = await authenticate.admin(request)
  const form = await request.formData()
  const id = fieldOf(form, 'id')
  switch (fieldOf(form, 'intent')) {
    case 'pause':
      return (await pauseOperation(session.shop, id)) ? done('Paused.') : nothingToDo
    case 'resume':
      return (await resumeOperation(session.shop, id)) ? done('Resumed.') : nothingToDo
    case 'stop':
      return (await stopOperation(session.shop, id)) ? done('Stopped.') : nothingToDo
    default:
      return unknownForm
  }
}

/** Between the click and here it ended, or somebody else was faster. */
const nothingToDo = gone('It is over already, or in this state.')
