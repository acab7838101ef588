import { randomUUID } from 'node:crypto'

/** What Klaviyo says when it declines: an HTTP status and an error object. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly source: { pointer: string } | { parameter: string }
  readonly meta: Record<string, string>

  constructor(
    status: number,
    code: string,
    title: string,
    detail: string,
    source: Refusal['source'] = { pointer: '/data/' },
    meta: Record<string, string> = {},
  ) {
    super(detail)
    this.status = status
    this.code = code
    this.title = title
    this.source = source
    this.meta = meta
  }

  /** The body, as in https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling. */
  get body() {
    const { status, code, title, message: detail, source, meta } = this
    return { errors: [{ id: randomUUID(), status, code, title, detail, source, links: {}, meta }] }
  }
}

export const refusals = {
  notAuthenticated: () =>
    new Refusal(
      401,
      'not_authenticated',
      'Authentication credentials were not provided.',
      'Missing or invalid authorization scheme. Please use Klaviyo-API-Key.',
    ),
  wrongKey: () =>
    new Refusal(
      401,
      'authentication_failed',
      'Incorrect authentication credentials.',
      'Incorrect authentication credentials.',
    ),
  missingScopes: (scopes: readonly string[]) =>
    new Refusal(
      403,
      'permission_denied',
      'You do not have permission to perform this action.',
      `The API key specified is missing required scopes: ${scopes.join(', ')}.`,
    ),
  retired: (revision: string) =>
    new Refusal(410, 'gone', 'Gone.', `Revision ${revision} of this API has been retired.`),
  throttled: (seconds: number) =>
    new Refusal(
      429,
      'throttled',
      'Request was throttled.',
      `Request was throttled. Expected available in ${seconds} second${seconds === 1 ? '' : 's'}.`,
    ),
  notFound: (type: string, id: string) =>
    new Refusal(404, 'not_found', 'Not found.', `A ${type} with id ${id} does not exist.`),
  noSuchPath: () =>
    new Refusal(404, 'not_found', 'Not found.', 'The path requested could not be found'),
  invalid: (detail: string, source: Refusal['source']) =>
    new Refusal(400, 'invalid', 'Invalid input.', detail, source),
  duplicateProfile: (id: string) =>
    new Refusal(
      409,
      'duplicate_profile',
      'Conflict.',
      'A profile already exists with one of these identifiers.',
      { pointer: '/data/attributes' },
      { duplicate_profile_id: id },
    ),
}

const titles: Record<number, readonly [code: string, title: string]> = {
  400: ['invalid', 'Invalid input.'],
  401: ['authentication_failed', 'Incorrect authentication credentials.'],
  403: ['permission_denied', 'You do not have permission to perform this action.'],
  404: ['not_found', 'Not found.'],
  409: ['conflict', 'Conflict.'],
  410: ['gone', 'Gone.'],
  413: ['payload_too_large', 'Payload too large.'],
  429: ['throttled', 'Request was throttled.'],
  503: ['service_unavailable', 'Service unavailable.'],
}

/** The error of a status that was asked for rather than earned. */
export function refusalOf(status: number): Refusal {
  const [code, title] = titles[status] ?? ['error', 'A server error occurred.']
  return new Refusal(status, code, title, title)
}

/** What Cloudflare, in front of Klaviyo, shows to callers it takes for bots. */
export const cloudflareChallenge = `<!DOCTYPE html>
<html lang="en-US">
<head><title>Just a moment...</title><meta name="robots" content="noindex,nofollow"></head>
<body><noscript>Enable JavaScript and cookies to continue</noscript></body>
</html>
`
