import { z } from 'zod'
import { TagDiff } from './tag-diff.tsx'

const tags = z.object({ before: z.array(z.string()), after: z.array(z.string()) })

/** Before and after of a step, as the action's kind of change is best shown. */
export function EffectDiff(effect: { before: unknown; after: unknown }) {
  const parsed = tags.safeParse(effect)
  if (parsed.success) return <TagDiff {...parsed.data} />
  return <code>{`${JSON.stringify(effect.before)} → ${JSON.stringify(effect.after)}`}</code>
}
