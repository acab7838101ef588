import { describe, expect, it } from 'vitest'
import { parseFlow } from '../../../app/events/formats.ts'
import { flowBody } from '../../../app/shops/endpoint.server.ts'
import { renderTemplate } from '../../../sandbox/klaviyo/template.ts'

const receivedAt = new Date('2026-03-14T09:30:00Z')

const sent = (event: object, person: object, email = 'ada@example.com') => {
  const body: unknown = JSON.parse(renderTemplate(flowBody, { event, person, email }))
  return parseFlow(body, { flowId: 'FLOW01', receivedAt })
}

const keyOf = (parsed: ReturnType<typeof sent>) =>
  parsed.ok ? parsed.events.map(({ dedupeKey }) => dedupeKey) : parsed.problems

describe('the body that the settings screen offers for Klaviyo’s webhook action', () => {
  const event = { $event_id: 'evt-1', $value: 42 }
  const person = { KlaviyoID: '01ABC', phone_number: '+12025550101' }

  it('is read back as the event that Klaviyo meant', () => {
    const parsed = sent(event, person)
    expect(parsed).toMatchObject({
      ok: true,
      events: [
        {
          facts: {
            metricName: 'Completed Flow',
            flowId: 'FLOW01',
            outcome: 'converted',
            profileId: '01ABC',
            email: 'ada@example.com',
            phone: '+12025550101',
            properties: { value: '42', branch_outcome: 'converted' },
          },
        },
      ],
    })
  })

  it('tells a retry from another event of the same person', () => {
    expect(keyOf(sent(event, person))).toEqual(keyOf(sent(event, person)))
    expect(keyOf(sent(event, person))).not.toEqual(
      keyOf(sent({ ...event, $event_id: 'evt-2' }, person)),
    )
  })

  it('and one person from another when the flow knows no event', () => {
    expect(keyOf(sent({}, person))).not.toEqual(keyOf(sent({}, { KlaviyoID: '01XYZ' })))
  })
})
