/** Whether a rule is for an event, and whether it goes ahead. Pure: same facts, same decision. */
import { evaluate } from './conditions.ts'
import type { Explanation } from './conditions.ts'
import type { EventFacts, Facts } from './facts.ts'
import type { Rule, Trigger } from './rule.ts'

/** The trigger alone: needs nothing but the event. */
export function matches(rule: Pick<Rule, 'trigger'>, event: EventFacts): boolean {
  const { trigger } = rule
  switch (trigger.kind) {
    case 'any':
      return true
    case 'metric':
      return (
        isSame(trigger.metric, event.metricId, event.metricName) &&
        hasOutcome(trigger.outcome, event)
      )
    case 'flow':
      return (
        isSame(trigger.flow, event.flowId, event.flowName) && hasOutcome(trigger.outcome, event)
      )
    case 'campaign':
      return (
        isSame(trigger.campaign, event.campaignId, event.campaignName) &&
        (trigger.engagement === null || fold(trigger.engagement) === fold(event.metricName))
      )
  }
}

/** By id where both have one, else by name; what was typed as a name may be an id. */
export function isSame(
  wanted: { id: string | null; name: string },
  id: string | null,
  name: string | null,
): boolean {
  if (wanted.id && id) return wanted.id === id
  const text = fold(wanted.name || wanted.id)
  return text !== '' && (text === fold(name) || text === fold(id))
}

function hasOutcome(
  outcome: Extract<Trigger, { kind: 'flow' }>['outcome'],
  { properties, outcome: branch }: EventFacts,
): boolean {
  if (!outcome) return true
  const value = Object.hasOwn(properties, outcome.property) ? properties[outcome.property] : null
  const found = outcome.property === 'branch_outcome' ? (branch ?? value) : value
  if (found === null || found === undefined || typeof found === 'object') return false
  return fold(String(found)) === fold(outcome.equals)
}

// Metric slugs of system webhooks come as words with spaces, names with any case.
const fold = (text: string | null | undefined) =>
  (text ?? '')
    .trim()
    .toLocaleLowerCase('en')
    .replaceAll(/[\s_-]+/g, ' ')

export type Decision =
  { go: true; why: Explanation } | { go: false; reason: string; why: Explanation }

/**
 * Applies the conditions. The reason names the first one that did not hold, and never what was found
 * instead: unlike the explanation it is stored in the clear, and values may be personal.
 */
export function decide(rule: Rule, facts: Facts): Decision {
  const why = evaluate(rule.conditions, facts)
  if (why.held) return { go: true, why }
  const failed = firstFailed(why)
  const reason =
    failed.parts.length > 0
      ? 'None of the conditions of a group held.'
      : `The condition “${failed.text}” did not hold${failed.found === null ? ': nothing was found there' : ''}.`
  return { go: false, reason, why }
}

/** In an `all` group the first part that failed; in an `any` group all did, so the group itself. */
function firstFailed(why: Explanation): Explanation {
  const failed = why.parts.filter((part) => !part.held)
  const [first] = failed
  if (
    !first ||
    (failed.length === why.parts.length && why.parts.length > 1 && why.text.startsWith('Any'))
  )
    return why
  return firstFailed(first)
}
