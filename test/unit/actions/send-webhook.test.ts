import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Target } from '../../../app/actions/action.ts'
import { sendWebhook } from '../../../app/actions/send-webhook.ts'
import { defaultBody } from '../../../app/actions/webhook-default.ts'
import type { Facts } from '../../../app/rules/facts.ts'
import { customerGid } from '../../../app/shopify/admin.ts'
import { facts } from '../rules/facts.ts'
import { occasion } from './occasion.ts'

const url = 'https://hook.eu1.make.com/s3cr3t'
const target: Target = {
  id: customerGid.parse('gid://shopify/Customer/1'),
  tags: ['VIP'],
  ownTags: [],
}
const customer = { id: target.id, tags: ['VIP'] }
const plan = (body: string, about: Facts = { ...facts(), customer }) =>
  sendWebhook.plan({ url, body }, about, target, { tagBudget: null }, occasion)
const complaints = (settings: { url: string; body: string }) => sendWebhook.check(settings)

describe('sending a webhook', () => {
  it('sends event, profile and customer unless told otherwise', () => {
    expect(plan(defaultBody)).toMatchObject({
      outcome: 'change',
      before: null,
      after: {
        to: 'hook.eu1.make.com',
        body: {
          type: 'Completed Flow',
          timestamp: '2026-03-14T23:30:00.000Z',
          data: {
            event: {
              flow: 'Win-back',
              campaign: null,
              outcome: 'converted',
              properties: { amount: '12.50', items: ['Shirt', 'Hat'] },
            },
            profile: { id: '01HP', email: 'ada@example.com', properties: { points: 120 } },
            customer: { id: 'gid://shopify/Customer/1', tags: ['VIP'] },
          },
        },
      },
    })
  })

  it('has a body of JSON by default too where nothing is known', () => {
    const bare = facts({ metricName: null, email: null, profileId: null, properties: {} }, null)
    expect(plan(defaultBody, bare)).toMatchObject({
      outcome: 'change',
      after: { body: { type: null, data: { profile: { id: null, properties: null } } } },
    })
  })

  it('keeps the text as the template gives it, so that long numbers stay whole', () => {
    expect(plan('{"order": 9007199254740993}')).toMatchObject({
      change: { url, body: '{"order": 9007199254740993}' },
    })
  })

  it('never breaks the body where values are written with json', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.json(), (text, value) => {
        const properties = { text, value: z.json().parse(JSON.parse(value)) }
        const planned = plan(
          '{"a": {{ event.text | json }}, "b": {{ event.value | json }}}',
          facts({ properties }),
        )
        expect(planned).toMatchObject({ outcome: 'change' })
        if (planned.outcome === 'change') {
          expect(planned.after).toEqual({
            to: 'hook.eu1.make.com',
            body: { a: text, b: properties.value },
          })
        }
      }),
    )
  })

  it('fails, with what to do, where a value breaks the body', () => {
    const planned = plan('{"name": "{{ profile.first_name }}"}', facts({}, { firstName: 'A"da' }))
    expect(planned).toMatchObject({
      outcome: 'fail',
      problem: { code: 'webhook-body-not-json', retry: 'never' },
    })
    expect(JSON.stringify(planned)).not.toContain('da"')
  })

  it('fails likewise where a value nests the body deeper than can be read', () => {
    const properties = { text: '['.repeat(50_000) + ']'.repeat(50_000) }
    expect(plan('{{ event.text }}', facts({ properties }))).toMatchObject({
      outcome: 'fail',
      problem: { code: 'webhook-body-not-json' },
    })
  })

  it('shows the receiver’s host and not the rest of its address', () => {
    const planned = plan('{}')
    if (planned.outcome !== 'change') throw new Error(planned.outcome)
    const { note, after } = planned
    expect(JSON.stringify({ note, after })).not.toContain('s3cr3t')
    expect(sendWebhook.describe({ url, body: '{}' })).toBe('Send a webhook to hook.eu1.make.com')
  })
})

describe('before it is saved', () => {
  it('the default body is good', () => {
    expect(complaints({ url, body: defaultBody })).toEqual([])
  })

  it.each([
    '{"a": {{ event.x }}, "b": "{{ profile.first_name }}"}',
    '[{% for item in event.items %}{{ item | json }}{% unless forloop.last %},{% endunless %}{% endfor %}]',
    '{"vip": {% if profile.points > 100 %}true{% else %}false{% endif %}}',
    '{%- assign x = profile.points | plus: 1 -%} {"x": {{- x -}} }',
    '{{ event | json }}',
  ])('%s is good', (body) => {
    expect(complaints({ url, body })).toEqual([])
  })

  it('a body that is too long is told just that', () => {
    expect(complaints({ url, body: '{{'.repeat(200_000) })).toEqual([
      { field: 'body', message: 'A template has at most 2000 characters.' },
    ])
  })

  it.each([
    ['{"a": {{ event.x | json }},}', /does not give JSON/],
    ['{a: 1}', /does not give JSON/],
    ['Hello {{ profile.first_name }}', /does not give JSON/],
    ['', /Say what to send/],
    ['{"a": {{ event.x | nofilter }}}', /not valid Liquid/],
  ])('the body %s is told what is wrong with it', (body, reason) => {
    const [problem] = complaints({ url, body })
    expect(problem?.field).toBe('body')
    expect(problem?.message).toMatch(reason)
  })

  it.each([
    ['', /Give the address/],
    ['http://hook.eu1.make.com/x', /https/],
    ['make', /whole address/],
  ])('the address “%s” is told what is wrong with it', (address, reason) => {
    const [problem] = complaints({ url: address, body: '{}' })
    expect(problem?.field).toBe('url')
    expect(problem?.message).toMatch(reason)
  })
})
