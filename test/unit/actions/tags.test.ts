import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Target } from '../../../app/actions/action.ts'
import { addTags } from '../../../app/actions/add-tags.ts'
import { checkRule } from '../../../app/actions/check-rule.ts'
import { removeTags } from '../../../app/actions/remove-tags.ts'
import { joinedLength } from '../../../app/actions/tag-guard.ts'
import { mostTags, tagKey, uniqueTags } from '../../../app/actions/tags.ts'
import { customerGid } from '../../../app/shopify/admin.ts'
import { facts } from '../rules/facts.ts'
import { occasion } from './occasion.ts'

const id = customerGid.parse('gid://shopify/Customer/1')
const target = (tags: string[], ownTags: string[] = [], until: string | null = null): Target => ({
  id,
  tags,
  ownTags,
  grants: new Map(ownTags.map((tag) => [tagKey(tag), { stepId: 'earlier', until }])),
})
const add = (tags: string[], to: Target, tagBudget: number | null = null) =>
  addTags.plan({ tags }, facts(), to, { tagBudget }, occasion)

describe('adding tags', () => {
  it('fills the template in', () => {
    expect(add(['klaviyo-reengaged-q{{ quarter }}-{{ year }}'], target(['VIP']))).toMatchObject({
      outcome: 'change',
      change: { add: ['klaviyo-reengaged-q1-2026'], remove: [] },
      after: ['VIP', 'klaviyo-reengaged-q1-2026'],
    })
  })

  it('takes them off again after the days, and puts that off when they are granted anew', () => {
    const forDays = (days: string | null, to: Target) =>
      addTags.plan(
        { tags: ['vip'], removeAfterDays: days },
        facts(),
        to,
        { tagBudget: null },
        occasion,
      )
    const until = '2026-03-24T09:30:00.000Z'
    const granted = forDays('10', target([]))
    expect(granted).toMatchObject({
      outcome: 'change',
      change: { add: ['vip'], kept: [], until },
      note: 'Adds vip until 2026-03-24',
    })
    const soon = '2026-03-15T09:30:00.000Z'
    const held = target(['vip'], ['vip'], soon)
    expect(forDays('10', held)).toMatchObject({
      change: {
        add: [],
        kept: ['vip'],
        until,
        had: { vip: { stepId: 'earlier', until: soon } },
      },
      note: 'Keeps vip until 2026-03-24',
      target: { grants: new Map([['vip', { stepId: 'earlier', until }]]) },
    })
    expect(forDays(null, held)).toMatchObject({
      change: { add: [], kept: ['vip'], until: null },
      note: 'Keeps vip for good',
    })
    // Ours for good, or somebody else's: nothing to put off.
    expect(forDays('10', target(['vip'], ['vip'])).outcome).toBe('skip')
    expect(forDays('10', target(['vip'])).outcome).toBe('skip')
  })

  it('leave the later end to a tag that was given for longer', () => {
    const forDay = { tags: ['vip', 'new'], removeAfterDays: '1' }
    const held = target(['vip'], ['vip'], '2027-03-14T09:30:00.000Z')
    const free = { tagBudget: null }
    expect(addTags.plan(forDay, facts(), held, free, occasion)).toMatchObject({
      change: { add: ['new'], kept: [] },
      note: 'Adds new until 2026-03-15',
    })
    const only = { ...forDay, tags: ['vip'] }
    expect(addTags.plan(only, facts(), held, free, occasion)).toMatchObject({
      outcome: 'skip',
      reason: 'The customer already carries vip, until 2027-03-14 at least.',
    })
  })

  it.each(['0', '1.5', 'soon', '3651'])('take no %s days', (removeAfterDays) => {
    expect(addTags.check({ tags: ['vip'], removeAfterDays })).toMatchObject([
      { field: 'removeAfterDays' },
    ])
  })

  it('leaves a tag that is there in another case', () => {
    expect(add(['vip'], target(['VIP']))).toMatchObject({ outcome: 'skip' })
  })

  it.each([
    ['gives nothing', '{{ event.nothing }}'],
    ['gives a comma', '{{ event.items | join: "," }}'],
    ['gives more than Shopify takes', '{% for i in (1..300) %}x{% endfor %}'],
  ])('fails with a reason when a template %s', (_what, template) => {
    expect(add([template], target([]))).toMatchObject({
      outcome: 'fail',
      problem: { code: 'tag-unusable', retry: 'never' },
    })
  })

  it('makes room within the budget by its own oldest tag, never by a foreign one', () => {
    expect(
      add(['third'], target(['foreign', 'first', 'second'], ['first', 'second']), 22),
    ).toMatchObject({
      outcome: 'change',
      change: { add: ['third'], remove: ['first'], rotated: ['first'] },
      after: ['foreign', 'second', 'third'],
      note: 'Adds third; takes out first to make room',
    })
  })

  it('keeps a customer’s own tags when the budget is full, and says what to do', () => {
    expect(add(['new'], target(['a-long-foreign-tag']), 20)).toMatchObject({
      outcome: 'fail',
      problem: { code: 'tag-budget-full' },
    })
  })

  it('never goes over Shopify’s 250', () => {
    const foreign = Array.from({ length: mostTags }, (_, index) => `t${index}`)
    expect(add(['new'], target(foreign))).toMatchObject({
      outcome: 'fail',
      problem: { code: 'tags-full' },
    })
    expect(add(['new'], target(foreign, ['t7']))).toMatchObject({ change: { rotated: ['t7'] } })
  })

  it('fails in the same words for every customer, so that the failures are one group', () => {
    const failed = (count: number, tagBudget: number | null) => {
      const foreign = Array.from({ length: count }, (_, index) => `foreign-${index}`)
      const planned = add(['new', 'newer'], target(foreign), tagBudget)
      return planned.outcome === 'fail' ? planned.problem : null
    }
    expect(failed(20, 50)).not.toBeNull()
    expect(failed(30, 50)).toEqual(failed(20, 50))
    expect(failed(249, null)).not.toBeNull()
    expect(failed(250, null)).toEqual(failed(249, null))
  })
})

it('makes no room by a tag of its own that is wanted, too', () => {
  const carried = target(['first', 'second'], ['first', 'second'])
  expect(add(['third', 'first'], carried, 12)).toMatchObject({
    outcome: 'change',
    change: { add: ['third'], rotated: ['second'] },
  })
})

it('gives reasons that name the template, never the person who fills it', () => {
  const settings = { tags: ['{{ profile.email }}', 'vip'] }
  const carrying = target(['ada@example.com', 'vip'])
  expect(addTags.plan(settings, facts(), carrying, { tagBudget: null }, occasion)).toEqual({
    outcome: 'skip',
    reason: 'The customer already carries {{ profile.email }}, vip.',
  })
  expect(removeTags.plan(settings, facts(), target([]), { tagBudget: null }, occasion)).toEqual({
    outcome: 'skip',
    reason: 'The customer does not carry {{ profile.email }}, vip.',
  })
})

const tag = fc.string({
  unit: fc.constantFrom('a', 'B', 'c', '-', '1'),
  minLength: 1,
  maxLength: 12,
})
const carried = fc.uniqueArray(tag, { selector: tagKey, maxLength: 20 })

describe('whatever a customer carries', () => {
  it('foreign tags stay, bounds hold, and a second time changes nothing', () => {
    fc.assert(
      fc.property(
        carried,
        fc.integer({ min: 0, max: 20 }),
        fc.array(tag, { minLength: 1, maxLength: 5 }),
        fc.option(fc.integer({ min: 5, max: 120 }), { nil: null }),
        (tags, own, wanted, budget) => {
          const before = target(tags, tags.slice(0, own))
          const planned = add(wanted, before, budget)
          if (planned.outcome !== 'change') return
          const { tags: after } = planned.target
          for (const foreign of tags.slice(own)) expect(after).toContain(foreign)
          for (const each of uniqueTags(wanted)) expect(after.map(tagKey)).toContain(tagKey(each))
          expect(after.length).toBeLessThanOrEqual(mostTags)
          if (budget !== null) expect(joinedLength(after)).toBeLessThanOrEqual(budget)
          expect(new Set(after.map(tagKey)).size).toBe(after.length)
          expect(add(wanted, planned.target, budget).outcome).toBe('skip')
        },
      ),
    )
  })

  it('removing what was added gives the tags of before', () => {
    fc.assert(
      fc.property(carried, fc.array(tag, { minLength: 1, maxLength: 5 }), (tags, wanted) => {
        const planned = add(wanted, target(tags))
        if (planned.outcome !== 'change') return
        const fresh = planned.target.tags.filter((each) => !tags.includes(each))
        const free = { tagBudget: null }
        const undone = removeTags.plan({ tags: fresh }, facts(), planned.target, free, occasion)
        expect(undone.outcome === 'change' && undone.target).toEqual(target(tags))
      }),
    )
  })
})

describe('a rule that is saved', () => {
  const document = (tags: string[], kind = 'add-tags') => ({
    name: 'Rule',
    trigger: { kind: 'any' },
    conditions: { kind: 'group', match: 'all', items: [] },
    actions: [{ id: '1', kind, settings: { tags } }],
  })

  it('is taken when all is well', () => {
    expect(checkRule(document(['vip']))).toMatchObject({ ok: true })
  })

  it('hears of all that is wrong at once', () => {
    const checked = checkRule({ ...document(['{{ x']), name: ' ' })
    expect(checked.ok ? [] : checked.problems.map(({ field }) => field)).toEqual([
      'name',
      'actions.0.settings.tags.0',
    ])
  })

  it.each([
    ['a template that is wrong', document(['ok', '{{ x']), 'actions.0.settings.tags.1'],
    ['a tag with a comma', document(['a,b']), 'actions.0.settings.tags.0'],
    ['no tag', document([]), 'actions.0.settings.tags'],
    ['an unknown action', document(['a'], 'dance'), 'actions.0.kind'],
    ['no name', { ...document(['a']), name: ' ' }, 'name'],
    [
      'no metric',
      { ...document(['a']), trigger: { kind: 'metric', metric: {} } },
      'trigger.metric.name',
    ],
  ])('names the field of %s', (_what, wrong, field) => {
    const checked = checkRule(wrong)
    expect(checked.ok ? [] : checked.problems.map((problem) => problem.field)).toContain(field)
  })
})
