/** Starting a sync from the form of the screen, where a customer is named by e-mail. */
import { z } from 'zod'
import { ProblemError } from '../problem.ts'
import type { FieldProblem, Problem } from '../problem.ts'
import { adminOf } from '../shops/sessions.server.ts'
import { startSync } from './start.server.ts'
import type { SyncScope } from './sync.ts'

const isDry = z.enum(['true', 'false']).transform((text) => text === 'true')

const startForm = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all'), isDry }),
  z.object({ kind: z.literal('mapping'), isDry, mappingId: z.uuid('Choose a mapping.') }),
  z.object({
    kind: z.literal('segment'),
    isDry,
    segmentId: z.string().regex(/^\w+$/, 'Choose a segment.'),
    segmentName: z
      .string()
      .max(255)
      .refine((name) => !name.includes('\u0000'), 'Choose a segment.'),
  }),
  z.object({
    kind: z.literal('customer'),
    isDry,
    email: z.string().trim().pipe(z.email('Enter an e-mail address.')),
  }),
])

export type StartFormOutcome =
  | { ok: true; id: string }
  /** Of fields that are wrong, or a problem with all of it. */
  | { ok: false; problems: FieldProblem[]; problem?: Problem }

/** `input` as the form gave it: what to sync, and whether only to show what would change. */
export async function startFromForm(shop: string, input: unknown): Promise<StartFormOutcome> {
  const parsed = startForm.safeParse(input)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({
      field: path.join('.'),
      message,
    }))
    return { ok: false, problems }
  }
  try {
    const scope = await scopeOf(shop, parsed.data)
    if (!scope.ok) return { ok: false, problems: [{ field: 'email', message: scope.message }] }
    const started = await startSync(shop, { scope: scope.scope, isDry: parsed.data.isDry })
    return started.ok ? started : { ok: false, problems: [], problem: started.problem }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { ok: false, problems: [], problem: error.problem }
  }
}

type Scope = { ok: true; scope: SyncScope } | { ok: false; message: string }

async function scopeOf(shop: string, form: z.infer<typeof startForm>): Promise<Scope> {
  switch (form.kind) {
    case 'all':
      return { ok: true, scope: { kind: 'all' } }
    case 'mapping':
      return { ok: true, scope: { kind: 'mapping', id: form.mappingId } }
    case 'segment':
      return {
        ok: true,
        scope: { kind: 'segment', id: form.segmentId, name: form.segmentName },
      }
    case 'customer':
      return customerScope(shop, form.email)
  }
}

async function customerScope(shop: string, email: string): Promise<Scope> {
  const shopify = await adminOf(shop)
  const [match] = await shopify.findCustomers([{ emails: [email.toLowerCase()], phones: [] }])
  if (match?.found === 'one') {
    return { ok: true, scope: { kind: 'customer', gid: match.customer.id } }
  }
  const message =
    match?.found === 'several'
      ? 'Shopify has several customers with this address.'
      : 'Shopify has no customer with this address.'
  return { ok: false, message }
}
