/** What each action's undo takes back, and what it leaves. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnyAction, Done, Planned, TagGrant, Target } from '../../../app/actions/action.ts'
import { addTags } from '../../../app/actions/add-tags.ts'
import { discountCode } from '../../../app/actions/discount-code.ts'
import { actions } from '../../../app/actions/index.ts'
import { removeTags } from '../../../app/actions/remove-tags.ts'
import { setMetafield } from '../../../app/actions/set-metafield.ts'
import { setProfileProperties } from '../../../app/actions/set-profile-properties.ts'
import { tagKey, uniqueTags } from '../../../app/actions/tags.ts'
import type { Facts, Json } from '../../../app/rules/facts.ts'
import { customerGid } from '../../../app/shopify/admin.ts'
import { facts } from '../rules/facts.ts'
import { occasion } from './occasion.ts'

const customer: Target = {
  id: customerGid.parse('gid://shopify/Customer/1'),
  tags: [],
  ownTags: [],
}
const guard = { tagBudget: null }

type Change = Extract<Planned<Json>, { outcome: 'change' }>

function changeOf(planned: Planned<Json>): Change {
  if (planned.outcome !== 'change') throw new Error(JSON.stringify(planned))
  return planned
}

const doneOf = ({ change, before, after }: Change, { stepId } = occasion): Done<Json> => ({
  stepId,
  change,
  before,
  after,
})

const plan = (
  action: AnyAction,
  settings: Json,
  to: Target,
  about: Facts = facts(),
  { stepId } = occasion,
) => action.plan(settings, about, to, guard, { ...occasion, stepId })

/** Undoes what was planned, on a customer that may have changed since. */
const undo = (
  action: AnyAction,
  planned: Planned<Json>,
  now: Target,
  {
    about = facts(),
    tagBudget = null,
    stepId = occasion.stepId,
  }: { about?: Facts; tagBudget?: number | null; stepId?: string } = {},
) => {
  const done = doneOf(changeOf(planned), { ...occasion, stepId })
  return action.undo(done, about, now, { ...occasion, stepId: 'undo' }, { tagBudget })
}

interface Doing {
  action: AnyAction
  settings: Json
}

/** Does all of it and undoes it again, the last first: the customer at the end. */
function thereAndBack(doings: Doing[], start: Target): Target {
  let target = start
  const done: { action: AnyAction; change: Change; stepId: string }[] = []
  for (const [index, { action, settings }] of doings.entries()) {
    const stepId = `step ${index}`
    const planned = plan(action, settings, target, facts(), { ...occasion, stepId })
    if (planned.outcome !== 'change') continue
    target = planned.target
    done.push({ action, change: planned, stepId })
  }
  for (const { action, change, stepId } of done.toReversed()) {
    const back = undo(action, change, target, { stepId })
    expect(back.outcome).toBe('change')
    if (back.outcome === 'change') target = back.target
  }
  return target
}

const keys = (tags: readonly string[]) => tags.map(tagKey).sort()

describe('undoing tags', () => {
  const tagged = (tags: string[], ownTags: string[] = [], stepId = occasion.stepId) => ({
    ...customer,
    tags,
    ownTags,
    grants: new Map(
      ownTags.map((tag): [string, TagGrant] => [tagKey(tag), { stepId, until: null }]),
    ),
  })
  const added = plan(addTags, { tags: ['vip', 'win-back'] }, tagged(['Theirs']))

  it('takes off what was added, and nothing else', () => {
    const now = tagged(['Theirs', 'vip', 'win-back', 'newer'], ['vip', 'win-back', 'newer'])
    expect(undo(addTags, added, now)).toMatchObject({
      outcome: 'change',
      change: { add: [], remove: ['vip', 'win-back'] },
      after: ['Theirs', 'newer'],
      note: 'Takes off vip, win-back',
    })
  })

  it('leaves what is gone, or what somebody else added since', () => {
    const now = tagged(['Theirs', 'vip', 'Win-Back'], ['win-back'])
    expect(undo(addTags, added, now)).toMatchObject({ change: { remove: ['Win-Back'] } })
    expect(undo(addTags, added, tagged(['vip']))).toMatchObject({
      outcome: 'skip',
      reason:
        'The customer no longer carries what was added, or somebody else or a later run added it since.',
    })
  })

  it('leaves what a later run gave anew', () => {
    const now = tagged(['vip', 'win-back'], ['vip', 'win-back'], 'a later step')
    expect(undo(addTags, added, now)).toMatchObject({ outcome: 'skip' })
    const grants = new Map(now.grants).set('vip', { stepId: occasion.stepId, until: null })
    expect(undo(addTags, added, { ...now, grants })).toMatchObject({ change: { remove: ['vip'] } })
  })

  it('gives what it kept for longer the end back that it had, while nobody moved it since', () => {
    const until = '2026-03-20T00:00:00.000Z'
    const held = tagged(['vip'], ['vip'])
    held.grants.set('vip', { stepId: 'first', until })
    const kept = plan(addTags, { tags: ['vip'], removeAfterDays: 30 }, held)
    const { target: now } = changeOf(kept)
    expect(undo(addTags, kept, now)).toMatchObject({
      change: { add: [], remove: [], kept: ['vip'], back: { vip: { stepId: 'first', until } } },
      note: 'Gives vip the end back that it had',
      target: { grants: held.grants },
    })
    const moved = { ...now, grants: new Map([['vip', { stepId: 'first', until: null }]]) }
    expect(undo(addTags, kept, moved)).toMatchObject({
      outcome: 'skip',
      reason: 'The run only put off the end of tags. That stays.',
    })
  })

  it('does not bring back what had to make room', () => {
    const planned = addTags.plan(
      { tags: ['new-one'] },
      facts(),
      tagged(['oldest', 'theirs'], ['oldest']),
      { tagBudget: 16 },
      occasion,
    )
    expect(planned).toMatchObject({ change: { rotated: ['oldest'] } })
    expect(undo(addTags, planned, changeOf(planned).target)).toMatchObject({
      change: { add: [], remove: ['new-one'] },
    })
  })

  it('puts back what was removed, ours as ours and theirs as theirs', () => {
    const planned = plan(removeTags, { tags: ['a', 'b', 'c'] }, tagged(['a', 'b', 'c'], ['a']))
    expect(undo(removeTags, planned, tagged(['C']))).toMatchObject({
      change: { add: ['a', 'b'], remove: [], theirs: ['b'] },
      target: { tags: ['C', 'a', 'b'], ownTags: ['a'] },
      note: 'Puts a, b back',
    })
    expect(undo(removeTags, planned, tagged(['A', 'B', 'C']))).toMatchObject({
      outcome: 'skip',
      reason: 'The customer carries what was removed again.',
    })
  })

  it('lets no other tag make room for what comes back', () => {
    const planned = plan(removeTags, { tags: ['long-gone'] }, tagged(['long-gone']))
    const now = tagged(['ours-since'], ['ours-since'])
    expect(undo(removeTags, planned, now, { tagBudget: 15 })).toMatchObject({
      outcome: 'skip',
      reason: 'There is no room left to put the tags back.',
    })
  })

  it('leaves the customer as before, where nobody else interfered', () => {
    const tag = fc.constantFrom('vip', 'VIP', 'win-back', 'cold', 'Cold', 'x')
    const tags = fc.array(tag, { minLength: 1, maxLength: 3 })
    const removeAfterDays = fc.constantFrom(null, 1, 10)
    const doing = fc.oneof(
      fc.record({
        action: fc.constant(addTags),
        settings: fc.record({ tags, removeAfterDays }),
      }),
      fc.record({ action: fc.constant(removeTags), settings: fc.record({ tags }) }),
    )
    fc.assert(
      fc.property(
        fc.array(doing, { maxLength: 6 }),
        fc.array(tag),
        fc.nat(),
        (doings, had, own) => {
          const start = uniqueTags(had)
          const ownTags = start.filter((_tag, index) => (own >> index) % 2 === 1)
          const before = tagged(start, ownTags, 'earlier')
          const end = thereAndBack(doings, before)
          expect(end.grants).toEqual(before.grants)
          expect(end.tags.toSorted()).toEqual(start.toSorted())
          expect(keys(end.ownTags)).toEqual(keys(ownTags))
        },
      ),
    )
  })
})

describe('undoing a metafield', () => {
  const name = 'loyalty.points'
  const holding = (value: string | null, type = 'number_integer'): Target => ({
    ...customer,
    metafields: new Map([[name, value === null ? null : { type, value }]]),
  })
  const settings = (mode: string, value = '') => ({
    namespace: 'loyalty',
    key: 'points',
    type: 'number_integer',
    mode,
    value,
  })
  const set = plan(setMetafield, settings('set', '7'), holding('5'))
  const counted = plan(setMetafield, settings('increment', '3'), holding('5'))

  it('puts the earlier value back, while ours is there', () => {
    expect(undo(setMetafield, set, holding('7'))).toMatchObject({
      change: { name, from: '7', to: '5', counts: false },
      note: 'Puts loyalty.points back',
    })
    for (const now of [holding('8'), holding(null), holding('7', 'single_line_text_field')]) {
      expect(undo(setMetafield, set, now)).toMatchObject({
        outcome: 'skip',
        reason: 'loyalty.points was changed since, and stays so.',
      })
    }
  })

  it('takes off what was counted, whoever counted since, as long as it is a number', () => {
    expect(undo(setMetafield, counted, holding('10'))).toMatchObject({
      change: { from: '10', to: '7', counts: true },
      note: 'Takes off what was added to loyalty.points',
    })
    expect(undo(setMetafield, counted, holding('ten', 'single_line_text_field'))).toMatchObject({
      outcome: 'skip',
    })
    const first = plan(setMetafield, settings('increment', '3'), holding(null))
    expect(undo(setMetafield, first, holding('4'))).toMatchObject({ change: { to: '1' } })
  })

  it('brings a cleared value back in the type it had, if the app can write that', () => {
    const clear = (type: string) =>
      plan(setMetafield, settings('clear'), holding('{"value":2,"scale_max":5}', type))
    expect(undo(setMetafield, clear('json'), holding(null))).toMatchObject({
      change: { type: 'json', from: null, to: '{"value":2,"scale_max":5}' },
    })
    expect(undo(setMetafield, clear('rating'), holding(null))).toMatchObject({
      outcome: 'skip',
      reason: 'loyalty.points held a value of the type rating, which the app can’t write.',
    })
    expect(undo(setMetafield, clear('json'), holding('1'))).toMatchObject({ outcome: 'skip' })
  })

  it('leaves the customer as before, where nobody else interfered', () => {
    const number = fc.integer({ min: -50, max: 50 }).map(String)
    const doing = fc.record({
      action: fc.constant(setMetafield),
      settings: fc
        .tuple(fc.constantFrom('set', 'increment', 'clear'), number)
        .map(([mode, value]) => settings(mode, value)),
    })
    fc.assert(
      fc.property(fc.array(doing, { maxLength: 6 }), fc.option(number), (doings, had) => {
        const start = holding(had)
        expect(thereAndBack(doings, start).metafields).toEqual(start.metafields)
      }),
    )
  })
})

describe('undoing profile properties', () => {
  const properties = (...entries: [string, string][]) => ({
    properties: entries.map(([key, value]) => ({ key, value, as: 'text' })),
  })
  const set = plan(setProfileProperties, properties(['loyalty_tier', 'VIP'], ['fresh', 'yes']), {
    ...customer,
  })
  const profile = (held: Record<string, Json>, id = '01HP') => ({
    about: facts({}, { id, properties: held }),
  })

  it('puts back what was there and clears what was not', () => {
    expect(
      undo(setProfileProperties, set, customer, profile({ loyalty_tier: 'VIP', fresh: 'yes' })),
    ).toMatchObject({
      change: { profileId: '01HP', properties: { loyalty_tier: 'Gold', fresh: null } },
      note: 'Puts loyalty_tier, fresh in Klaviyo back',
    })
  })

  it('leaves what changed since, and another profile', () => {
    const changed = profile({ loyalty_tier: 'Silver', fresh: 'yes' })
    expect(undo(setProfileProperties, set, customer, changed)).toMatchObject({
      change: { properties: { fresh: null } },
      note: 'Puts fresh in Klaviyo back; loyalty_tier changed since and stays so',
    })
    expect(undo(setProfileProperties, set, customer, profile({}))).toMatchObject({
      outcome: 'skip',
      reason: 'loyalty_tier, fresh changed in Klaviyo since, and stays so.',
    })
    const other = profile({ loyalty_tier: 'VIP', fresh: 'yes' }, '01HQ')
    expect(undo(setProfileProperties, set, customer, other)).toMatchObject({ outcome: 'skip' })
  })

  it('goes by what the batch has planned so far', () => {
    const again = plan(setProfileProperties, properties(['loyalty_tier', 'Top']), {
      ...customer,
      profileChanges: { loyalty_tier: 'VIP' },
    })
    const now = profile({ loyalty_tier: 'Top', fresh: 'yes' })
    const back = undo(setProfileProperties, again, customer, now)
    expect(back).toMatchObject({ change: { properties: { loyalty_tier: 'VIP' } } })
    expect(undo(setProfileProperties, set, changeOf(back).target, now)).toMatchObject({
      change: { properties: { loyalty_tier: 'Gold', fresh: null } },
    })
  })
})

describe('undoing a discount code', () => {
  const settings = {
    worth: { kind: 'percentage', percent: 10 },
    currency: '',
    items: { on: 'order' },
    minimum: { kind: 'none' },
    combinesWith: { orderDiscounts: false, productDiscounts: false, shippingDiscounts: false },
    validHours: 72,
    prefix: 'T-',
    length: 8,
    again: 'reuse',
  }
  const made = plan(discountCode, settings, customer)
  const live = changeOf(made).target
  const [code] = live.codes ?? []

  it('ends it while it can still be used', () => {
    const back = undo(discountCode, made, live)
    expect(back).toMatchObject({
      change: { does: 'end', code: code?.code },
      after: { code: null },
      note: 'Ends the code for 10%',
    })
    expect(changeOf(back).target.codes).toEqual([])
  })

  it('tells that it was used, has ended, or is an earlier run’s', () => {
    const used = { ...customer, codes: [], usedCodes: [code?.code ?? ''] }
    expect(undo(discountCode, made, used)).toMatchObject({
      reason: 'The code was used, so it stays.',
    })
    expect(undo(discountCode, made, customer)).toMatchObject({
      reason: 'The code has ended already.',
    })
    const reused = plan(discountCode, settings, {
      ...live,
      codes: (live.codes ?? []).map((each) => ({ ...each, ruleId: '' })),
    })
    expect(undo(discountCode, reused, live)).toMatchObject({
      reason: 'The code is an earlier run’s: undo that one to end it.',
    })
  })
})

describe('what can’t be undone', () => {
  it('says so in words, whatever it did', () => {
    const words = actions.flatMap(({ kind, irrevocable }) =>
      irrevocable ? [[kind, irrevocable]] : [],
    )
    expect(Object.fromEntries(words)).toEqual({
      'record-event': 'Klaviyo keeps events that were recorded: they can’t be taken back.',
      'send-webhook': 'A webhook that was sent can’t be taken back.',
      'start-flow':
        'Shopify Flow was told, and its workflows have run. What they did can only be taken back where they did it.',
    })
  })
})
