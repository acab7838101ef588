import { describe, expect, it } from 'vitest'
import { actionOf } from '../../../app/actions/index.ts'
import {
  concludeCase,
  createsCustomer,
  decideCase,
  effectsOf,
  giveUp,
  holdUp,
  identityOf,
  matchCase,
  planCase,
  renewFrom,
  settleStep,
} from '../../../app/events/cases.ts'
import type { Case, CaseStep } from '../../../app/events/cases.ts'
import type { Problem } from '../../../app/problem.ts'
import type { Json } from '../../../app/rules/facts.ts'
import { ruleSchema } from '../../../app/rules/rule.ts'
import { customerGid } from '../../../app/shopify/admin.ts'

const receivedAt = new Date('2026-03-14T09:30:00Z')
const customer = customerGid.parse('gid://shopify/Customer/1')
const target = { id: customer, tags: ['VIP'], ownTags: [] }
const free = { tagBudget: null }

const busy: Problem = { code: 'shopify-busy', what: 'Busy.', remedy: 'Wait.', retry: 'later' }
const refused: Problem = { code: 'tag-refused', what: 'No.', remedy: 'Change it.', retry: 'never' }

function newCase(
  actions: { kind: string; settings: Json }[],
  more: object = {},
  mode: 'on' | 'shadow' | 'off' = 'on',
): Case {
  const document = ruleSchema.parse({
    name: 'Rule',
    trigger: { kind: 'any' },
    conditions: { kind: 'group', match: 'all', items: [] },
    actions: actions.map((action, index) => ({ id: String(index), ...action })),
    ...more,
  })
  return {
    run: {
      id: 'run',
      shopId: 'a.myshopify.com',
      eventId: 'event',
      ruleId: 'rule',
      isUndo: false,
      operationId: null,
      ruleVersion: 1,
      shadow: mode === 'shadow',
      state: 'waiting',
      reason: null,
      problem: null,
      customerGid: customer,
      attempts: 1,
    },
    why: null,
    rule: { id: 'rule', version: 1, mode, document },
    facts: {
      event: {
        metricId: null,
        metricName: 'Completed Flow',
        flowId: null,
        flowName: null,
        campaignId: null,
        campaignName: null,
        outcome: 'converted',
        profileId: '01HP',
        email: 'ada@example.com',
        phone: null,
        occurredAt: receivedAt,
        properties: {},
      },
      profile: null,
      shop: { timeZone: 'UTC' },
    },
    receivedAt,
    dueSince: receivedAt,
    steps: actions.map(({ kind, settings }, position) => ({
      action: actionOf(kind),
      settings,
      undoes: null,
      intent: null,
      record: {
        id: `step-${position}`,
        position,
        kind,
        undoesId: null,
        state: 'waiting',
        note: null,
        reason: null,
        problem: null,
        attempts: 0,
      },
    })),
    lookAgainAt: null,
  }
}

const add = (...tags: string[]) => ({ kind: 'add-tags', settings: { tags } })
const remove = (...tags: string[]) => ({ kind: 'remove-tags', settings: { tags } })
const plan = (each: Case) => planCase(each, target, free, new Date())

const done = (action: CaseStep): NonNullable<CaseStep['undoes']> => ({
  stepId: action.record.id,
  change: action.intent?.change ?? null,
  before: action.intent?.before ?? null,
  after: action.intent?.after ?? null,
})

/** The case that takes back what this one did, the last first. */
const undoOf = (planned: Case): Case => ({
  ...planned,
  run: { ...planned.run, state: 'waiting', isUndo: true },
  rule: { ...planned.rule, mode: 'off' },
  steps: planned.steps.toReversed().map((step, position) => ({
    ...step,
    undoes: done(step),
    intent: null,
    record: { ...step.record, position, undoesId: step.record.id, state: 'waiting' },
  })),
})

describe('a case that has begun', () => {
  const isGold = { kind: 'test', source: 'profile', path: 'tier', type: 'text' }
  const conditions = {
    kind: 'group',
    match: 'all',
    items: [{ ...isGold, operator: 'equals', value: 'gold' }],
  }
  const fresh = newCase([add('win-back'), remove('vip')], {
    conditions,
    noCustomer: { then: 'create' },
  })
  const begun = plan(fresh).planned

  it('is not decided again, whatever the rule and the profile say by now', () => {
    expect(decideCase(fresh).run.state).toBe('skipped')
    expect(decideCase(begun)).toBe(begun)
    const off: Case = { ...begun, rule: { ...begun.rule, mode: 'off' } }
    expect(decideCase(off)).toBe(off)
  })

  it('keeps to its customer', () => {
    expect(identityOf(fresh).emails).toEqual(['ada@example.com'])
    expect(identityOf(begun)).toEqual({ id: customer, emails: [], phones: [] })
    expect(createsCustomer(begun)).toBe(false)
  })

  it('ends as done by what it did when the customer is gone', () => {
    const [first, second] = begun.steps
    if (!first || !second) throw new Error('two steps')
    const half = { ...begun, steps: [settleStep(first, null), settleStep(second, busy)] }
    const { run, steps } = matchCase(half, { found: 'none' }, receivedAt)
    expect(run).toMatchObject({ state: 'done', reason: 'The customer is no longer in Shopify.' })
    expect(steps.map(({ record }) => record.state)).toEqual(['done', 'skipped'])
  })
})

describe('a case that takes back', () => {
  const doing = plan(newCase([add('win-back'), remove('vip')], { noCustomer: { then: 'create' } }))
  const undoing = undoOf(doing.planned)

  it('goes ahead whatever the rule says by now, for the very customer', () => {
    expect(decideCase(undoing)).toBe(undoing)
    expect(identityOf(undoing)).toEqual({ id: customer, emails: [], phones: [] })
    expect(createsCustomer(undoing)).toBe(false)
    expect(matchCase(undoing, { found: 'none' }, receivedAt).run).toMatchObject({
      state: 'skipped',
      reason: 'The customer is no longer in Shopify.',
    })
  })

  it('plans its steps one upon the other, back to where it began', () => {
    const { planned, target: after } = planCase(undoing, doing.target, free, new Date())
    expect(planned.steps.map(({ record }) => record.note)).toEqual([
      'Puts VIP back',
      'Takes off win-back',
    ])
    expect(after).toMatchObject({ tags: ['VIP'], ownTags: [] })
  })

  it('does nothing while it waits its turn', () => {
    const { planned } = planCase(undoing, doing.target, free, new Date())
    expect(effectsOf(planned)).toHaveLength(2)
    expect(effectsOf({ ...planned, lookAgainAt: new Date() })).toEqual([])
  })
})

describe('a case', () => {
  it('plans its steps one upon the other', () => {
    const { planned, target: after } = plan(newCase([add('win-back'), remove('vip')]))
    expect(planned.run.state).toBe('waiting')
    expect(effectsOf(planned).map(({ intent }) => intent?.change)).toMatchObject([
      { add: ['win-back'], remove: [], rotated: [], kept: [], until: null, theirs: [] },
      { add: [], remove: ['VIP'], rotated: [], kept: [], until: null, theirs: ['VIP'] },
    ])
    expect(after).toMatchObject({ id: customer, tags: ['win-back'], ownTags: ['win-back'] })
  })

  it('that changes nothing is skipped, with the reason', () => {
    const { planned } = plan(newCase([add('vip')]))
    expect(planned.run).toMatchObject({
      state: 'skipped',
      reason: 'The customer already carries vip.',
    })
    expect(effectsOf(planned)).toEqual([])
  })

  it('in shadow decides and records, has no effects, and leaves the customer as is', () => {
    const { planned, target: after } = plan(newCase([add('win-back')], {}, 'shadow'))
    expect(planned.run.state).toBe('done')
    expect(planned.steps[0]?.intent?.after).toEqual(['VIP', 'win-back'])
    expect(effectsOf(planned)).toEqual([])
    expect(after).toBe(target)
  })

  it('of a rule that was switched off meanwhile does not act', () => {
    expect(decideCase(newCase([add('x')], {}, 'off')).run).toMatchObject({ state: 'skipped' })
    const startedLive = { ...newCase([add('x')], {}, 'shadow'), run: newCase([add('x')]).run }
    expect(decideCase(startedLive).run).toMatchObject({ state: 'skipped' })
  })

  it('keeps the intent of an earlier try, though the customer has the tag by now', () => {
    const first = plan(newCase([add('win-back')])).planned
    const again = planCase(
      first,
      { ...target, tags: ['VIP', 'win-back'] },
      free,
      new Date(),
    ).planned
    expect(effectsOf(again)).toHaveLength(1)
    expect(again.steps[0]?.intent).toEqual(first.steps[0]?.intent)
  })

  it('plans anew what Shopify refused', () => {
    const planned = plan(newCase([add('win-back')])).planned
    const steps = planned.steps.map((step) => settleStep(step, refused))
    const failed = concludeCase({ ...planned, steps })
    expect(failed.run).toMatchObject({ state: 'failed', problem: refused })
    const again = planCase(failed, { ...target, tags: ['win-back'] }, free, new Date()).planned
    expect(again.run.state).toBe('skipped')
  })

  it('waits and plans anew where somebody else was faster', () => {
    const planned = plan(newCase([add('win-back')])).planned
    const steps = renewFrom(planned.steps, 0, busy)
    const waiting = concludeCase({ ...planned, steps })
    expect(waiting.run).toMatchObject({ state: 'waiting', problem: busy })
    const again = planCase(waiting, { ...target, tags: ['NEW'] }, free, new Date()).planned
    expect(again.steps[0]?.intent?.before).toEqual(['NEW'])
    expect(effectsOf(again)).toHaveLength(1)
  })

  it('fails alone where an action can’t make anything of its values', () => {
    const action = actionOf('add-tags')
    const plan = () => {
      throw new RangeError('Maximum call stack size exceeded')
    }
    const each = newCase([add('a'), add('b')])
    const steps = each.steps.map((step, index) =>
      action && index === 1 ? { ...step, action: { ...action, plan } } : step,
    )
    const { planned } = planCase({ ...each, steps }, target, free, new Date())
    expect(planned.run).toMatchObject({ state: 'failed', problem: { code: 'step-unplannable' } })
    expect(planned.steps.map(({ record }) => record.state)).toEqual(['waiting', 'failed'])
  })

  it('stops at the step that failed', () => {
    const { planned } = plan(newCase([add('{{ event.nothing }}'), add('x')]))
    expect(planned.run).toMatchObject({ state: 'failed', problem: { code: 'tag-unusable' } })
    expect(effectsOf(planned)).toEqual([])
  })

  it('waits when an upstream is in trouble, and ends when it was tried for long enough', () => {
    const held = holdUp(newCase([add('x')]), busy)
    expect(held.run).toMatchObject({ state: 'waiting', problem: busy })
    expect(giveUp(held).run).toMatchObject({ state: 'failed', problem: busy })
  })
})

describe('a profile that is no customer', () => {
  const none = { found: 'none' as const }

  it('is skipped, and the run says so', () => {
    expect(matchCase(newCase([add('x')]), none, receivedAt).run).toMatchObject({
      state: 'skipped',
      reason: 'No customer in Shopify has this e-mail or phone number.',
    })
  })

  it('is waited for as long as the rule says', () => {
    const patient = newCase([add('x')], { noCustomer: { then: 'wait', hours: 2 } })
    const soon = matchCase(patient, none, new Date(receivedAt.getTime() + 60_000))
    expect(soon.run.state).toBe('waiting')
    expect(soon.lookAgainAt).toEqual(new Date(receivedAt.getTime() + 11 * 60_000))
    const late = matchCase(patient, none, new Date(receivedAt.getTime() + 2 * 3_600_000))
    expect(late.run).toMatchObject({
      state: 'skipped',
      reason: 'No such customer in Shopify within 2 hours.',
    })
  })

  it('is never guessed', () => {
    expect(
      matchCase(newCase([add('x')]), { found: 'several', ids: [] }, receivedAt).run.state,
    ).toBe('skipped')
  })
})
