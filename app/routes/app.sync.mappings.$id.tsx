/** The editor of a mapping; the id `new` starts one. */
import { redirect } from '@remix-run/node'
import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node'
import { useLoaderData, useParams } from '@remix-run/react'
import { authenticate } from '../shopify.server.ts'
import { saveFromForm } from '../sync/mapping-form.server.ts'
import { deleteMapping, listMappings } from '../sync/mappings.server.ts'
import { done, refused, unknownForm } from '../ui/answer.ts'
import { fieldOf } from '../ui/form.ts'
import { MappingEditor } from '../ui/sync/mapping-editor.tsx'

const isNew = (id: string) => id === 'new'

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const id = params['id'] ?? ''
  const mappings = await listMappings(session.shop)
  const mapping = mappings.find((each) => each.id === id) ?? null
  if (!mapping && !isNew(id)) throw new Response(null, { status: 404 })
  return { mapping, taken: mappings.map(({ document }) => document) }
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { session } = await authenticate.admin(request)
  const form = await request.formData()
  const id = params['id'] ?? ''
  switch (fieldOf(form, 'intent')) {
    case 'delete':
      return (await deleteMapping(session.shop, id))
        ? redirect('/app/sync?said=mapping-deleted')
        : refused([{ field: '', message: 'This mapping was deleted meanwhile.' }])
    case 'save': {
      const document = fieldOf(form, 'document')
      const saved = await saveFromForm(session.shop, isNew(id) ? null : id, document)
      if (!saved.ok) return saved
      return isNew(id)
        ? redirect(`/app/sync/mappings/${saved.id}?said=mapping-saved`)
        : done('Mapping saved.')
    }
    default:
      return unknownForm
  }
}

export default function MappingPage() {
  const { mapping, taken } = useLoaderData<typeof loader>()
  const { id } = useParams()
  // One editor a mapping: what was typed for another one must not linger.
  return <MappingEditor key={id} mapping={mapping} taken={taken} />
}

export { ErrorScreen as ErrorBoundary } from '../ui/error-screen.tsx'
