/** Causes of failures in words. */
import type { Problem } from '../problem.ts'

/** Which sides refuse the app just now. */
export interface Broken {
  klaviyo: boolean
  shopify: boolean
}

const counted = (count: number, one: string, many: string) =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`

/** "Klaviyo does not accept the private key: 212 events". */
export function causeText(
  { what }: Pick<Problem, 'what'>,
  { events, runs }: { events: number; runs: number },
): string {
  const more = runs > events ? ` (${counted(runs, 'run', 'runs')})` : ''
  return `${what.replace(/\.$/, '')}: ${counted(events, 'event', 'events')}${more}`
}

const names = { klaviyo: 'Klaviyo', shopify: 'Shopify' }

/** Why running again would lead nowhere now, or null. */
export function whyNotAgain(
  { retry, side = 'shopify' }: Pick<Problem, 'retry' | 'side'>,
  broken: Broken,
): string | null {
  if (retry !== 'mended' || !broken[side]) return null
  return `They can run again once ${names[side]} lets the app work.`
}
