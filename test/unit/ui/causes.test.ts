import { expect, it } from 'vitest'
import { causeText, whyNotAgain } from '../../../app/ui/causes.ts'

const what = 'Klaviyo does not accept the private key.'

it.each([
  [{ events: 212, runs: 212 }, 'Klaviyo does not accept the private key: 212 events'],
  [{ events: 1, runs: 1 }, 'Klaviyo does not accept the private key: 1 event'],
  [
    { events: 1_200, runs: 2_400 },
    'Klaviyo does not accept the private key: 1,200 events (2,400 runs)',
  ],
])('a cause with %o reads “%s”', (counts, text) => expect(causeText({ what }, counts)).toBe(text))

it('what has to be mended can’t run again before it is', () => {
  const refused = { retry: 'mended', side: 'klaviyo' } as const
  expect(whyNotAgain(refused, { klaviyo: true, shopify: false })).toContain('Klaviyo')
  expect(whyNotAgain(refused, { klaviyo: false, shopify: true })).toBeNull()
  expect(whyNotAgain({ retry: 'never' }, { klaviyo: true, shopify: true })).toBeNull()
})
