import type { Klaviyo } from './klaviyo.ts'

export interface KlaviyoOptions {
  /** Origin, `https://a.klaviyo.com`. */
  baseUrl: string
}

export function createKlaviyo(_options: KlaviyoOptions): Klaviyo {
  throw new Error('Not here yet.')
}
