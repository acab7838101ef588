import { createHmac, randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { Account, Event, Flow } from './account.ts'
import { namedUlid } from './ids.ts'
import type { Json } from './profile.ts'
import { renderTemplate } from './template.ts'

/** How Klaviyo's events reach an app: see the README for what each looks like. */
export type Format = 'flow' | 'system' | 'guide'

export interface Target {
  url: string
  /** In the header of flow webhooks; the HMAC key of the signed formats. */
  secret: string
  /** The flow webhook action's body as a template; the usual body when left out. */
  body?: string
}

/** An event on its way out, with what only a flow's step knows. */
export interface Message {
  event: Event
  flow?: Flow
  outcome?: string
  /** As the sender gave them, without what the sandbox adds when it records the event. */
  properties: Record<string, Json>
}

export interface Attempt {
  at: string
  /** The app's HTTP status, `null` when it gave none in time. */
  status: number | null
  body: string
  durationMs: number
}

export interface Delivery {
  id: string
  account: string
  format: Format
  url: string
  metric: string
  /** Who the event is about, or how many events a batch holds. */
  about: string
  eventIds: string[]
  /** `retrying` waits for its next attempt; `dropped` will not be tried again. */
  state: 'sending' | 'delivered' | 'retrying' | 'dropped'
  attempts: Attempt[]
  request: { headers: Record<string, string>; body: string }
}

/** Klaviyo waits this long for the answer to a system webhook; the others are not documented. */
const answerWithinMs = 5_000
const retryStatuses = new Set([429, 500, 502, 503])
/** Klaviyo spreads these over 24 hours; here they end after about a minute. */
const retries = 17
const firstRetryMs = 200
const longestRetryMs = 5_000
/** How many deliveries are remembered, and how much of each body. */
const remembered = 5_000
const shownCharacters = 4_000

/** Sends events to the app in each format, tries again as Klaviyo would, and remembers the answers. */
export class Webhooks {
  readonly deliveries: Delivery[] = []
  readonly #targets = new Map<string, Target>()
  readonly #atOnce = pLimit(32)
  #stop = new AbortController()

  target(account: Account): Target | undefined {
    return this.#targets.get(account.seed.handle)
  }

  aim(account: Account, target: Target): void {
    this.#targets.set(account.seed.handle, target)
  }

  /** Forgets deliveries and gives up on those that still wait. */
  clear(): void {
    this.#stop.abort()
    this.#stop = new AbortController()
    this.deliveries.length = 0
  }

  /**
   * Posts the messages: one POST each, or a single batch for system webhooks. Resolves once each
   * POST was tried for the first time; what is retried goes on by itself.
   */
  async send(account: Account, format: Format, messages: Message[]): Promise<Delivery[]> {
    const target = this.target(account)
    if (!target) throw new Error(`Nothing says where ${account.seed.handle}'s webhooks go`)
    const batches = format === 'system' ? [messages] : messages.map((each) => [each])
    return Promise.all(
      batches.map((batch) =>
        this.#atOnce(async () => {
          const { headers, body } = requests[format](batch, target, account)
          const delivery = this.#remember(account, format, target.url, batch, headers, body)
          await this.#attempt(delivery, body, this.#stop.signal)
          return delivery
        }),
      ),
    )
  }

  #remember(
    account: Account,
    format: Format,
    url: string,
    batch: Message[],
    headers: Record<string, string>,
    body: string,
  ): Delivery {
    const [first] = batch
    const person = first?.event.profile.attributes
    const delivery: Delivery = {
      id: randomUUID(),
      account: account.seed.handle,
      format,
      url,
      metric: first?.event.metric.attributes.name ?? '',
      about:
        batch.length === 1
          ? (person?.email ?? person?.phone_number ?? first?.event.profile.id ?? '')
          : `${batch.length} events`,
      eventIds: batch.map(({ event }) => event.id),
      state: 'sending',
      attempts: [],
      request: { headers, body: body.slice(0, shownCharacters) },
    }
    this.deliveries.push(delivery)
    if (this.deliveries.length > remembered) this.deliveries.shift()
    return delivery
  }

  async #attempt(delivery: Delivery, body: string, stop: AbortSignal): Promise<void> {
    const attempt = await post(delivery, body, stop)
    delivery.attempts.push(attempt)
    const { status } = attempt
    if (status !== null && status >= 200 && status < 300) delivery.state = 'delivered'
    // Nothing documents what becomes of a POST that is never answered; retrying is kinder to tests
    // that kill the app, behind whose proxy Klaviyo would see a 502.
    else if (status !== null && !retryStatuses.has(status)) delivery.state = 'dropped'
    else if (delivery.attempts.length > retries) delivery.state = 'dropped'
    else {
      delivery.state = 'retrying'
      void this.#retry(delivery, body, stop)
    }
  }

  async #retry(delivery: Delivery, body: string, stop: AbortSignal): Promise<void> {
    const delayMs = firstRetryMs * 2 ** (delivery.attempts.length - 1)
    try {
      await wait(Math.min(delayMs, longestRetryMs), undefined, { signal: stop })
    } catch {
      return
    }
    await this.#atOnce(() => this.#attempt(delivery, body, stop))
  }
}

async function post({ url, request }: Delivery, body: string, stop: AbortSignal): Promise<Attempt> {
  const at = new Date()
  const startedMs = performance.now()
  const signal = AbortSignal.any([stop, AbortSignal.timeout(answerWithinMs)])
  const { status, words } = await fetch(url, {
    method: 'POST',
    headers: request.headers,
    body,
    signal,
    redirect: 'manual',
  }).then(
    async (answer) => ({ status: answer.status, words: await answer.text().catch(() => '') }),
    (error: unknown) => ({ status: null, words: String(error) }),
  )
  return {
    at: at.toISOString(),
    status,
    body: words.slice(0, shownCharacters),
    durationMs: Math.round(performance.now() - startedMs),
  }
}

interface Outgoing {
  headers: Record<string, string>
  body: string
}

type Compose = (batch: Message[], target: Target, account: Account) => Outgoing

const contentType = { 'content-type': 'application/json', 'user-agent': 'Klaviyo/1.0' }

const requests: Record<Format, Compose> = {
  /** The webhook step of a flow: headers and body are what the merchant typed in. */
  flow: ([message], target) => ({
    headers: {
      ...contentType,
      'x-klaviyo-actions-secret': target.secret,
      ...(message?.flow ? { 'x-klaviyo-flow-id': message.flow.id } : {}),
    },
    body: message ? flowBody(message, target.body) : '',
  }),

  /** A system webhook of Klaviyo's Webhooks API: a signed batch with ids in place of people. */
  system: (batch, { url, secret }, account) => {
    // The same address is the same webhook of Klaviyo's, whatever is sent to it.
    const webhookId = namedUlid('webhook', url)
    const now = new Date()
    const body = JSON.stringify({
      meta: {
        timestamp: now.toISOString(),
        klaviyo_webhook_id: webhookId,
        klaviyo_account_id: account.seed.id,
        version: 1,
      },
      data: batch.map(({ event }) => ({
        topic: topicOf(event),
        external_id: event.id,
        payload: {
          data: {
            type: 'event',
            id: event.id,
            attributes: event.attributes,
            relationships: {
              metric: { data: { type: 'metric', id: event.metric.id } },
              profile: { data: { type: 'profile', id: event.profile.id } },
            },
          },
        },
      })),
    })
    const timestamp = String(Math.floor(now.getTime() / 1_000))
    return {
      headers: {
        ...contentType,
        'klaviyo-signature': hmac(secret, body + timestamp),
        'klaviyo-timestamp': timestamp,
        'klaviyo-webhook-id': webhookId,
      },
      body,
    }
  },

  /** The format of the merchants' integration guide, which middleware posts. */
  guide: ([message], { secret }) => {
    const body = message
      ? JSON.stringify({
          data: {
            type: 'event',
            id: message.event.id,
            attributes: {
              metric_id: message.event.metric.id,
              profile_id: message.event.profile.id,
              datetime: message.event.attributes.datetime,
              event_properties: message.event.attributes.event_properties,
            },
          },
        })
      : ''
    return { headers: { ...contentType, 'x-klaviyo-signature': hmac(secret, body) }, body }
  },
}

const hmac = (secret: string, text: string) =>
  createHmac('sha256', secret).update(text).digest('hex')

function topicOf({ metric }: Event): string {
  const { name, integration } = metric.attributes
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
  return `event:${integration.key}.${slug}`
}

/** The usual body, or the merchant's own with its variables filled in. */
function flowBody(message: Message, template: string | undefined): string {
  const { event, flow, outcome, properties } = message
  const { attributes, id: profileId } = event.profile
  const { email, phone_number: phone, first_name, last_name, location } = attributes
  if (template) {
    return renderTemplate(template, {
      event: event.attributes.event_properties,
      person: {
        ...attributes.properties,
        KlaviyoID: profileId,
        email,
        phone_number: phone,
        first_name,
        last_name,
        location,
      },
      email,
      first_name,
      last_name,
    })
  }
  // A template has empty strings where Klaviyo knows nothing.
  return JSON.stringify({
    metric: event.metric.attributes.name,
    flow_id: flow?.id ?? '',
    flow_name: flow?.attributes.name ?? '',
    event_id: event.id,
    profile_id: profileId,
    email: email ?? '',
    phone: phone ?? '',
    branch_outcome: outcome ?? '',
    properties,
  })
}
