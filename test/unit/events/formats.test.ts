import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  eventOfPast,
  parseFlow,
  parseGuide,
  parseSystem,
  storedFacts,
} from '../../../app/events/formats.ts'
import type { Json } from '../../../app/rules/facts.ts'
import type { InboundEvent, Parsed } from '../../../app/events/formats.ts'

const receivedAt = new Date('2026-03-14T09:30:00Z')
const flow = (body: unknown, flowId: string | null = null, at = receivedAt) =>
  parseFlow(body, { flowId, receivedAt: at })

function only(parsed: Parsed): InboundEvent {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const [event] = parsed.events
  if (!event) throw new Error('no event')
  return event
}

const winBack = {
  metric: 'Completed Flow',
  flow_id: 'VqXnZ2',
  flow_name: 'Win-back',
  event_id: 'evt1',
  profile_id: '01HPROFILE',
  email: 'Ada@Example.com',
  phone: '',
  branch_outcome: 'converted',
  occurred_at: '2026-03-14T09:00:00Z',
  properties: { amount: 12.5 },
}

const system = (data: object[], sentAt = '2026-03-14T09:29:00Z') => ({
  meta: { timestamp: sentAt, klaviyo_webhook_id: 'wh', version: '1' },
  data,
})

const systemEvent = (id: string, properties: object = {}) => ({
  topic: 'event:klaviyo.opened_email',
  external_id: id,
  payload: {
    data: {
      type: 'event',
      id,
      attributes: { timestamp: 1773480000, event_properties: properties },
      relationships: { metric: { data: { id: 'M1' } }, profile: { data: { id: '01HP' } } },
    },
  },
})

describe('the body of a flow webhook action', () => {
  it('becomes one event with everything a rule can ask for', () => {
    const { facts, source } = only(flow(winBack))
    expect(source).toBe('flow')
    expect(facts).toMatchObject({
      metricName: 'Completed Flow',
      flowId: 'VqXnZ2',
      flowName: 'Win-back',
      outcome: 'converted',
      profileId: '01HPROFILE',
      email: 'Ada@Example.com',
      phone: null,
      occurredAt: new Date('2026-03-14T09:00:00Z'),
    })
    expect(facts.properties).toEqual({
      $event_id: 'evt1',
      amount: 12.5,
      branch_outcome: 'converted',
    })
  })

  it('keeps keys that the merchant added as event properties', () => {
    expect(only(flow({ ...winBack, coupon: 'X1' })).facts.properties).toMatchObject({
      coupon: 'X1',
    })
  })

  it('believes the flow id in Klaviyo’s header before the one that was typed', () => {
    expect(only(flow(winBack, 'HEADER')).facts.flowId).toBe('HEADER')
  })

  it('is the same event when Klaviyo delivers it again', () => {
    const later = new Date(receivedAt.getTime() + 3_600_000)
    expect(only(flow(winBack)).dedupeKey).toBe(only(flow(winBack, null, later)).dedupeKey)
  })

  it.each([
    ['another event', { event_id: 'evt2' }],
    ['another profile', { profile_id: '01HOTHER' }],
    ['another outcome', { branch_outcome: 'not_converted' }],
    ['another step of the flow', { step: 'second' }],
  ])('is a different event for %s', (_what, change) => {
    expect(only(flow({ ...winBack, ...change })).dedupeKey).not.toBe(only(flow(winBack)).dedupeKey)
  })

  it('without an event id holds its key for a day, across midnight too', () => {
    const { event_id: _, ...body } = winBack
    const evening = only(flow(body, null, new Date('2026-03-14T23:59:00Z')))
    const morning = only(flow(body, null, new Date('2026-03-15T00:01:00Z')))
    const nextWeek = only(flow(body, null, new Date('2026-03-21T00:01:00Z')))
    expect(morning.previousKey).toBe(evening.dedupeKey)
    expect(nextWeek.dedupeKey).not.toBe(evening.dedupeKey)
    expect(nextWeek.previousKey).not.toBe(evening.dedupeKey)
  })

  it('tells which field is wrong, and why', () => {
    const refused = flow({ ...winBack, occurred_at: 'yesterday' })
    const [problem] = refused.ok ? [] : refused.problems
    expect(problem?.field).toBe('occurred_at')
    expect(problem?.message).toContain('ISO 8601')
    expect(flow([])).toMatchObject({ ok: false, problems: [{ field: 'body' }] })
  })

  it('refuses what is nested beyond use', () => {
    let deep: object = {}
    for (let level = 0; level < 30; level++) deep = { deep }
    expect(flow({ ...winBack, properties: { deep } })).toMatchObject({ ok: false })
  })
})

describe('a system webhook', () => {
  it('gives one event for each of the batch', () => {
    const parsed = parseSystem(system([systemEvent('a'), systemEvent('b')]), { receivedAt })
    expect(
      parsed.ok &&
        parsed.events.map(({ facts }) => [facts.metricId, facts.metricName, facts.profileId]),
    ).toEqual([
      ['M1', 'opened email', '01HP'],
      ['M1', 'opened email', '01HP'],
    ])
  })

  it('finds the campaign or the flow that an e-mail belongs to', () => {
    const campaign = only(
      parseSystem(system([systemEvent('a', { $message: 'C1', 'Campaign Name': 'Spring' })]), {
        receivedAt,
      }),
    )
    expect(campaign.facts).toMatchObject({ campaignId: 'C1', campaignName: 'Spring', flowId: null })
    const inFlow = only(
      parseSystem(system([systemEvent('a', { $message: 'M', $flow: 'F1' })]), { receivedAt }),
    )
    expect(inFlow.facts).toMatchObject({ flowId: 'F1', campaignId: null })
  })

  it('is taken whole or not at all', () => {
    const parsed = parseSystem(system([systemEvent('a'), { topic: 'x' }]), { receivedAt })
    expect(parsed).toMatchObject({ ok: false, problems: [{ field: 'data.1.payload' }] })
  })

  it('is judged fresh by meta.timestamp', () => {
    expect(
      parseSystem(system([systemEvent('a')], '2026-03-10T00:00:00Z'), { receivedAt }),
    ).toMatchObject({
      ok: false,
      problems: [{ field: 'meta.timestamp' }],
    })
  })

  it('holds at most 1,000 events', () => {
    const many = Array.from({ length: 1_001 }, (_, index) => systemEvent(String(index)))
    expect(parseSystem(system(many), { receivedAt })).toMatchObject({
      ok: false,
      problems: [{ field: 'data' }],
    })
  })
})

describe('the guide format', () => {
  const body = (attributes: object) => ({ data: { type: 'event', id: 'g1', attributes } })

  it('gives the event with its metric and profile', () => {
    const event = only(
      parseGuide(
        body({
          metric_id: 'M1',
          profile_id: '01HP',
          datetime: '2026-03-14T09:00:00Z',
          event_properties: { a: 1 },
        }),
        { receivedAt },
      ),
    )
    expect(event.facts).toMatchObject({ metricId: 'M1', profileId: '01HP', properties: { a: 1 } })
  })

  it('is the same event as the one that a system webhook brings', () => {
    const viaSystem = only(parseSystem(system([systemEvent('g1')]), { receivedAt }))
    expect(only(parseGuide(body({}), { receivedAt })).dedupeKey).toBe(viaSystem.dedupeKey)
  })

  it.each([
    ['more than six days ago', '2026-03-08T09:29:59Z', /six days ago/],
    ['more than a day ahead', '2026-03-15T09:30:01Z', /a day ahead/],
  ])('is refused %s, since a captured body could be sent again', (_what, datetime, reason) => {
    const parsed = parseGuide(body({ datetime }), { receivedAt })
    if (parsed.ok) throw new Error('it was taken')
    expect(parsed.problems).toMatchObject([{ field: 'data.0.attributes.datetime' }])
    expect(parsed.problems[0]?.message).toMatch(reason)
  })

  it.each(['2026-03-08T09:30:00Z', '2026-03-15T09:30:00Z', ''])('is taken at %j', (datetime) => {
    expect(parseGuide(body({ datetime }), { receivedAt }).ok).toBe(true)
  })
})

describe('a time', () => {
  const at = (occurred_at: unknown) => only(flow({ ...winBack, occurred_at })).facts.occurredAt
  const moment = new Date('2026-03-14T09:20:00Z')

  it.each([1773480000, 1773480000000, '1773480000', '1773480000000', '2026-03-14T09:20:00Z'])(
    'may be written as %s',
    (written) => {
      expect(at(written)).toEqual(moment)
    },
  )

  it.each([
    ['yesterday', 'is not a time'],
    [`${'('.repeat(100_000)}1`, 'is not a time'],
    [1e15, 'is a time before 1970 or after 9999'],
    [1e17, 'is not a time'],
    ['+057971-01-01T00:00:00Z', 'is a time before 1970 or after 9999'],
    [-1, 'is a time before 1970 or after 9999'],
  ])('that can’t be is refused with what to write (%#)', (occurred_at, wrong) => {
    expect(flow({ ...winBack, occurred_at })).toEqual({
      ok: false,
      problems: [
        {
          field: 'occurred_at',
          message: `${wrong}; use ISO 8601, such as 2026-03-14T09:30:00Z, or seconds since 1970`,
        },
      ],
    })
  })
})

describe('a name', () => {
  it('is cut where it is too long, and never within a character', () => {
    const metric = `${'x'.repeat(499)}😀`
    expect(only(flow({ ...winBack, metric })).facts.metricName).toBe('x'.repeat(499))
  })
})

describe('whatever is posted', () => {
  it('is either events or reasons, never an exception, and survives the inbox', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (body, id) => {
        for (const parsed of [
          flow(body, id),
          flow({ ...winBack, properties: { [id]: body } }),
          parseSystem(body, { receivedAt }),
          parseSystem(system([systemEvent(id, { [id]: body })]), { receivedAt }),
          parseGuide(body, { receivedAt }),
        ]) {
          if (!parsed.ok) expect(parsed.problems.length).toBeGreaterThan(0)
          else
            for (const { facts } of parsed.events) {
              const text = JSON.stringify(facts)
              expect(text).not.toContain('\\u0000')
              expect(facts.occurredAt.toISOString()).toMatch(/^[1-9]\d{3}-/)
              // JSON has no minus zero.
              const { properties, ...rest } = storedFacts.parse(JSON.parse(text))
              expect({ ...facts, ...rest }).toEqual(facts)
              expect(JSON.stringify(properties)).toBe(JSON.stringify(facts.properties))
            }
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('an event out of Klaviyo’s history', () => {
  const past = {
    id: 'a',
    metricId: 'M1',
    metricName: 'Opened Email',
    profileId: '01HPROFILE',
    email: 'ada@example.com',
    phone: null,
    at: receivedAt,
    properties: { $message: 'C1', 'Campaign Name': 'Spring' },
  }

  it('has the key that it has as a system webhook', () => {
    const live = only(parseSystem(system([systemEvent('a')]), { receivedAt }))
    expect(eventOfPast(past)).toMatchObject({ source: 'history', dedupeKey: live.dedupeKey })
    expect(eventOfPast({ ...past, id: 'b' })?.dedupeKey).not.toBe(live.dedupeKey)
  })

  it('names its metric, person and campaign', () => {
    expect(eventOfPast(past)?.facts).toMatchObject({
      metricName: 'Opened Email',
      email: 'ada@example.com',
      campaignId: 'C1',
      campaignName: 'Spring',
      occurredAt: receivedAt,
    })
  })

  it('is left out where it is nested too deep, or of a time that can’t be', () => {
    let deep: Json = 'x'
    for (let depth = 0; depth < 30; depth++) deep = [deep]
    expect(eventOfPast({ ...past, properties: { deep } })).toBeNull()
    expect(eventOfPast({ ...past, at: new Date('+057971-01-01T00:00:00Z') })).toBeNull()
  })
})
