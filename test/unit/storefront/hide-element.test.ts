import { describe, expect, it } from 'vitest'
import { type BlockName, renderBlock, schemaOf, type Shopper } from './storefront.ts'

const reengaged: Shopper = { tags: ['klaviyo-reengaged-q1-2026', 'VIP'] }
const popup = '#newsletter-popup'
const hidden = `<style>:is(${popup}):not(html, head, body) { display: none !important; }</style>`

const render = (customer: Shopper, settings: Record<string, string> = {}) =>
  renderBlock('hide-element', { customer, settings: { selector: popup, ...settings } })

describe('the app embed that hides a pop-up', () => {
  it('hides it from customers who are tagged as re-engaged, before anything is painted', () => {
    expect(schemaOf('hide-element').target).toBe('head')
    expect(render(reengaged)).toBe(hidden)
  })

  it('leaves the page alone for the others', () => {
    expect(render({ tags: ['VIP'] })).toBe('')
    expect(render(null)).toBe('')
  })

  it('can hide it from all others, and from visitors who are not logged in', () => {
    expect(render(reengaged, { audience: 'others' })).toBe('')
    expect(render({}, { audience: 'others' })).toBe(hidden)
    expect(render(null, { logged_out: 'yes' })).toBe(hidden)
  })

  it('goes by metafields like the content does', () => {
    const settings = { condition: 'klaviyo.ltv_tier', comparison: 'one_of', value: 'high, top' }
    const type = 'single_line_text_field'
    const ofTier = (value: string) => ({ metafields: { klaviyo: { ltv_tier: { type, value } } } })
    expect(render(ofTier('High'), settings)).toBe(hidden)
    expect(render(ofTier('low'), settings)).toBe('')
  })

  // Schemas can't share settings, so nothing else keeps the two alike.
  it.each(['condition', 'comparison', 'audience'])('offers each %s that the content does', (id) => {
    const options = (block: BlockName) =>
      new Set(schemaOf(block).settings.find((each) => each.id === id)?.options)
    expect(options('hide-element').size).toBeGreaterThan(1)
    expect(options('hide-element')).toEqual(options('personal-content'))
  })

  it.each(['div > .popup[role="dialog"]', '.md\\:popup, #other'])('takes %s', (selector) => {
    expect(render(reengaged, { selector })).toContain(`:is(${selector}):not(`)
  })

  it.each([
    '',
    ' ',
    '</style><script>alert(1)</script>',
    'a) {} body {display: none} b:is(c',
    '.popup { opacity: 0 }',
  ])('does nothing with the selector %j, and says so in the editor', (selector) => {
    expect(render(reengaged, { selector })).toBe('')
    const visit = { customer: reengaged, settings: { selector }, inEditor: true }
    const html = renderBlock('hide-element', visit)
    expect(html).toContain('Nothing is hidden yet. Enter the selector')
    if (selector.trim() !== '') expect(html).not.toContain(selector)
  })

  it.each([
    [reengaged, {}, "logged in here doesn't see it"],
    [{}, {}, 'logged in here sees it'],
    [null, {}, 'such visitors see it'],
    [null, { logged_out: 'yes' }, "such visitors don't see it"],
    [reengaged, { tags: '' }, 'Say from whom'],
  ])('outlines it in the editor: %j %j %s', (customer, settings, note) => {
    const visit = { customer, settings: { selector: popup, ...settings }, inEditor: true }
    const html = renderBlock('hide-element', visit)
    expect(html).toContain(note)
    expect(html).toContain(`:is(${popup}):not(html, head, body) { outline:`)
    expect(html).not.toContain('display: none')
  })
})
