import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkTemplate, renderTemplate, variables } from '../../../app/rules/template.ts'
import type { Json } from '../../../app/rules/facts.ts'
import { facts } from './facts.ts'

const render = (template: string, properties?: Record<string, Json>) => {
  const result = renderTemplate(template, facts(properties ? { properties } : {}))
  return result.ok ? result.text : result.problem.code
}

describe('a template', () => {
  it('knows the event’s date in the shop’s time zone', () => {
    // 23:30 UTC is the next day in Berlin.
    expect(render('{{ year }}-q{{ quarter }} {{ date }} w{{ week }} {{ day }}')).toBe(
      '2026-q1 2026-03-15 w11 15',
    )
  })

  it('knows the event and the profile, their own fields and their properties', () => {
    expect(
      render(
        '{{ flow | downcase }}-{{ outcome }}-{{ event.amount }}-{{ profile.loyalty_tier }}-{{ profile.first_name }}',
      ),
    ).toBe('win-back-converted-12.50-Gold-Ada')
    expect(render('{{ profile["Favourite Shop"] }}')).toBe('Lyon')
  })

  it('renders what is missing as nothing, and prototypes are missing', () => {
    expect(
      render('[{{ event.nothing.at.all }}{{ event.constructor }}{{ event.__proto__.x }}]'),
    ).toBe('[]')
  })

  it.each([
    '{{ x',
    '{% if %}',
    '{{ x | no_such_filter }}',
    '{% include "x" %}',
    '{% render "x" %}',
    '{% layout "x" %}',
    '{% nonsense %}',
  ])('that is wrong says so when it is saved: %s', (template) => {
    expect(checkTemplate(template)).toMatch(/^This is not valid Liquid/)
  })

  it('ends, however much it asks for', () => {
    expect(render('{% for i in (1..100000000) %}x{% endfor %}')).toBe('template-failed')
  })

  it.each([
    '{% for i in (1..20) %}{{ event.long }}{% endfor %}',
    '{% assign a = event.long %}{% for i in (1..20) %}{% capture a %}{{ a }}{{ a }}{% endcapture %}{% endfor %}',
  ])('writes no more than can be of use: %s', (template) => {
    const rendered = renderTemplate(template, facts({ properties: { long: 'x'.repeat(100_000) } }))
    expect(rendered.ok ? '' : rendered.problem.what).toContain(
      'it gives more than 256,000 characters',
    )
  })

  it.each([
    ['{{ event.a | url_decode }}', { a: 'a%00b' }, 'ab'],
    ['{{ event.a | base64_decode }}', { a: 'YQBi' }, 'ab'],
    ['{{ event.a | split: "" | first }}', { a: '😀' }, '\uFFFD'],
    ['{% assign a = event.a | slice: 0 %}{{ a }}', { a: '😀' }, '😀'],
    ['{{ event.a }}{{ event.list }}{{ event.none }}', { a: 1, list: ['b', ['c'], null] }, '1bc'],
  ])('gives text that can be stored: %s', (template, properties, text) => {
    expect(render(template, properties)).toBe(text)
  })

  it('is quoted by whole characters where it fails', () => {
    const template = `{{ event.a | url_decode }}${'x'.repeat(53)}😀`
    const rendered = renderTemplate(template, facts({ properties: { a: '%' } }))
    expect(rendered).toMatchObject({ ok: false, problem: { code: 'template-failed' } })
    expect(JSON.stringify(rendered)).not.toContain('\\ud83d')
  })

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ unit: fc.constantFrom('{', '}', '%', ' ', 'a', '|', '.', '[', '"') }),
        (a, b) => {
          for (const template of [a, b, `{{ ${a} }}`, `{% ${b} %}`]) {
            checkTemplate(template)
            renderTemplate(template, facts())
          }
        },
      ),
    )
  })

  it('is offered the variables that exist, each of which renders as its sample', () => {
    const offered = variables(facts())
    expect(offered.map(({ path }) => path)).toContain('event.amount')
    for (const { path, sample } of offered.filter(({ sample }) => !sample.includes(', '))) {
      expect(render(`{{ ${path} }}`)).toBe(sample)
    }
  })
})
