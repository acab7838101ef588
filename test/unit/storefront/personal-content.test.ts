import { describe, expect, it } from 'vitest'
import { renderBlock, type Shopper } from './storefront.ts'

const content = 'For you, our best customers'

/** A customer with one metafield: `having('klaviyo.ltv_tier', 'single_line_text_field', 'high')`. */
function having(path: string, type: string, value: unknown): Shopper {
  const [namespace = '', key = ''] = path.split('.')
  return { metafields: { [namespace]: { [key]: { type, value } } } }
}

const spender = (value: number) => having('klaviyo.predicted_ltv', 'number_decimal', value)
const tier = (value: string) => having('klaviyo.ltv_tier', 'single_line_text_field', value)

/** Of the shop, as `custom.it`. */
const custom = (type: string, value: unknown) => having('custom.it', type, value)

function sees(customer: Shopper, settings: Record<string, string> = {}) {
  const html = renderBlock('personal-content', { customer, settings })
  if (html === '') return false
  expect(html).toContain(content)
  return true
}

describe('the personal content block', () => {
  it.each([
    ['above the threshold', spender(500.01), true],
    ['at the threshold', spender(500), false],
    ['below it', spender(90), false],
    ['with no prediction', {}, false],
    ['who is not logged in', null, false],
  ])('is there by its defaults for a customer %s: %#', (_who, customer, expected) => {
    expect(sees(customer)).toBe(expected)
  })

  it('leaves nothing at all where it is not shown, so that nothing moves', () => {
    expect(renderBlock('personal-content', { customer: spender(1) })).toBe('')
  })

  it('goes by visitors who are not logged in apart from the condition', () => {
    for (const audience of ['matching', 'others']) {
      expect(sees(null, { audience, logged_out: 'yes' })).toBe(true)
      expect(sees(null, { audience, logged_out: 'no' })).toBe(false)
    }
  })

  it('is for everyone else when it says so', () => {
    expect(sees(spender(600), { audience: 'others' })).toBe(false)
    expect(sees(spender(90), { audience: 'others' })).toBe(true)
    expect(sees({}, { audience: 'others' })).toBe(true)
  })

  describe.each([
    ['VIP', ['vip'], true],
    ['gold, vip ,', ['newsletter', 'VIP'], true],
    ['vip', ['vip-2026'], false],
    ['vip', [], false],
    ['klaviyo-reengaged-*', ['Klaviyo-Reengaged-q1-2026'], true],
    ['klaviyo-reengaged-*', ['klaviyo-reengaged'], false],
    ['*', ['anything'], true],
    ['*', [], false],
  ])('for the tags %j', (tags, has, expected) => {
    it(`${expected ? 'is' : 'is not'} there for ${JSON.stringify(has)}`, () => {
      expect(sees({ tags: has }, { condition: 'tag', tags })).toBe(expected)
    })
  })

  describe('compares metafields', () => {
    it.each([
      // Numbers.
      [custom('number_integer', 12), 'above', '11.5', true],
      [custom('number_integer', 12), 'at_least', '12', true],
      [custom('number_integer', 12), 'at_least', '13', false],
      [custom('number_integer', 12), 'is', '12.0', true],
      [custom('number_integer', 12), 'one_of', '3, 12', true],
      [custom('number_integer', 12), 'below', '12', false],
      [custom('number_integer', 0), 'set', '', true],
      [custom('number_decimal', 0.00000001), 'below', '.5', true],
      [custom('number_decimal', 0.8), 'below', '.5', false],
      [custom('number_decimal', -3), 'below', '-2.5', true],
      [custom('list.number_integer', [1, 7]), 'above', '5', true],
      // Texts, of which some are numbers.
      [custom('single_line_text_field', 'High '), 'is', 'high', true],
      [custom('single_line_text_field', 'high'), 'one_of', 'low, HIGH', true],
      [custom('single_line_text_field', 'highest'), 'is', 'high', false],
      [custom('single_line_text_field', '9'), 'below', '10', true],
      [custom('single_line_text_field', 'high'), 'below', '10', false],
      [custom('single_line_text_field', '1,000'), 'above', '1', false],
      [custom('list.single_line_text_field', ['Running', 'Chess']), 'is', 'chess', true],
      [custom('list.single_line_text_field', ['Running']), 'one_of', 'go, chess', false],
      [custom('list.single_line_text_field', []), 'set', '', false],
      // True and false.
      [custom('boolean', true), 'is', 'true', true],
      [custom('boolean', false), 'is', 'true', false],
      [custom('boolean', false), 'is', 'False', true],
      [custom('boolean', false), 'set', '', true],
      // Days.
      [custom('date_time', '2026-06-30T10:00:00Z'), 'above', '2026-06-29', true],
      [custom('date_time', '2026-06-30T10:00:00Z'), 'above', '2026-06-30', false],
      [custom('date_time', '2026-06-30T10:00:00Z'), 'is', '2026-06-30', true],
      [custom('date', '2026-06-30'), 'at_least', '2026-06-30', true],
      [custom('date', '1999-12-31'), 'below', 'today', true],
      [custom('date', '2999-12-31'), 'below', 'today', false],
      [custom('date', '2026-06-30'), 'below', '500', false],
      // JSON: what holds a value or a list of them.
      [custom('json', 512.5), 'above', '500', true],
      [custom('json', ['a', 'b']), 'is', 'B', true],
      [custom('json', { score: 600 }), 'above', '500', false],
      [custom('json', { score: 600 }), 'set', '', true],
      // Types that can't be compared.
      [custom('money', { amount: 5 }), 'above', '1', false],
      [custom('money', { amount: 5 }), 'set', '', true],
      // Not there.
      [{}, 'below', '10', false],
      [{}, 'set', '', false],
      [having('custom.other', 'number_integer', 1), 'below', '10', false],
    ])('%j %s %j: %s', (customer, comparison, value, expected) => {
      const settings = { condition: 'metafield', metafield: 'custom.it', comparison, value }
      expect(sees(customer, settings)).toBe(expected)
    })

    it('knows the metafields that the app fills', () => {
      const churn = having('klaviyo.churn_probability', 'number_decimal', 0.9)
      const churning = { condition: 'klaviyo.churn_probability', value: '0.8' }
      expect(sees(churn, churning)).toBe(true)
      const high = { condition: 'klaviyo.ltv_tier', comparison: 'is', value: 'High' }
      expect(sees(tier('high'), high)).toBe(true)
      expect(sees(tier('low'), high)).toBe(false)
    })

    it('finds a key that Liquid uses itself, and a namespace with a dot', () => {
      const settings = { condition: 'metafield', comparison: 'is', value: '46' }
      const size = having('custom.size', 'number_integer', 46)
      expect(sees(size, { ...settings, metafield: 'custom.size' })).toBe(true)
      const dotted = { metafields: { 'old.items': { it: { type: 'number_integer', value: 46 } } } }
      expect(sees(dotted, { ...settings, metafield: 'old.items.it' })).toBe(true)
    })
  })

  describe.each([
    ['no tag', { condition: 'tag', tags: ' , ' }],
    ['no value', { value: ' ' }],
    ['no number to compare with', { value: 'five hundred' }],
    ['no value among commas', { comparison: 'one_of', value: ',' }],
    ['no metafield', { condition: 'metafield', metafield: '' }],
    ['no namespace', { condition: 'metafield', metafield: 'it', comparison: 'set' }],
  ])('with %s', (_what, settings) => {
    it('is there for nobody, and says so in the editor', () => {
      for (const audience of ['matching', 'others'])
        for (const customer of [null, spender(600), { tags: ['vip'] }])
          expect(sees(customer, { ...settings, audience, logged_out: 'yes' })).toBe(false)
      const html = renderBlock('personal-content', { customer: null, settings, inEditor: true })
      expect(html).toContain('Nobody sees this yet')
    })
  })

  it.each([
    [spender(600), 'customer who is logged in here sees this'],
    [spender(90), "customer who is logged in here doesn't see this"],
    [null, "nobody is logged in here. Such visitors don't see this"],
  ])('is always there in the editor, which says whether %j sees it', (customer, note) => {
    const html = renderBlock('personal-content', { customer, inEditor: true })
    expect(html).toContain(content)
    expect(html).toContain('data-shopify-editor-block')
    expect(html).toContain(note)
  })

  it('has a button once it has both label and link, escaped', () => {
    const button = (settings: Record<string, string>) =>
      /<a .*?<\/a>/.exec(renderBlock('personal-content', { customer: spender(600), settings }))?.[0]
    expect(button({ button_label: 'Shop' })).toBeUndefined()
    expect(button({ button_link: '/vip' })).toBeUndefined()
    expect(button({ button_label: 'Shop <now>', button_link: '/a"b' })).toBe(
      '<a class="personal-content__button button" href="/a&#34;b">Shop &lt;now&gt;</a>',
    )
  })
})
