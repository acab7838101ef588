/**
 * Webhooks to receivers that merchants name: one signed POST each.
 *
 * The receiver is not trusted. request-filtering-agent refuses private, loopback, link-local and
 * metadata addresses, and does so on the very addresses that the socket then connects to: a name
 * that resolves differently the second time gains nothing. Redirects aren't followed, time is
 * bounded, and of the answer only the status and Retry-After are looked at.
 */
import { request as requestHttp } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import pLimit from 'p-limit'
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent'
import { Webhook } from 'standardwebhooks'
import type { Problem } from '../problem.ts'
import { hostOf, whatIsWrong } from './address.ts'
import { addressUnusable, isAway, problemOfAnswer, problemOfError, timedOut } from './problems.ts'

export interface Delivery {
  url: string
  /** The same for every try, so that the receiver can tell a repetition: `webhook-id`. */
  id: string
  /** JSON text. */
  body: string
  /** `whsec_` and the key in base64, each; any of them proves the sender. */
  secrets: readonly string[]
}

export interface OutboundOptions {
  /** Loopback and plain http are allowed: for sandboxes. */
  toThisMachine: boolean
  connectWithinMs?: number
  /** From the start to the answer's headers. */
  answerWithinMs?: number
}

export interface Outbound {
  /**
   * Posts each once, signed as Standard Webhooks 1.0 says, several at a time. Answers in the same
   * order; null = the receiver took it (2xx). A receiver that turns out to be away or busy is not
   * asked for the rest of the deliveries, so that it can't hold up those of others for long.
   */
  send(deliveries: readonly Delivery[]): Promise<(Problem | null)[]>
}

const atOnce = 8

/** Of an answer, this much is read so that the connection can be used again. */
const mostAnswerBytes = 16_384

/** An unused connection is closed. */
const idleMs = 10_000

const loopback = ['127.0.0.1', '::1']

export function openOutbound(options: OutboundOptions): Outbound {
  const { toThisMachine, connectWithinMs = 5_000, answerWithinMs = 15_000 } = options
  const connections = {
    keepAlive: true,
    timeout: idleMs,
    allowIPAddressList: toThisMachine ? loopback : [],
  }
  const agents = {
    http: new RequestFilteringHttpAgent(connections),
    https: new RequestFilteringHttpsAgent(connections),
  }

  async function post(delivery: Delivery): Promise<Problem | null> {
    const host = hostOf(delivery.url)
    const wrong = whatIsWrong(delivery.url, toThisMachine)
    if (wrong) return addressUnusable(host, wrong)
    const url = new URL(delivery.url)
    const isSecure = url.protocol === 'https:'
    const request = (isSecure ? requestHttps : requestHttp)(url, {
      method: 'POST',
      agent: isSecure ? agents.https : agents.http,
      headers: headersOf(delivery),
    })
    try {
      const answer = await answerTo(request, delivery.body, {
        connected: isSecure ? 'secureConnect' : 'connect',
        connectWithinMs,
        answerWithinMs,
      })
      if (answer.status >= 200 && answer.status < 300) return null
      return problemOfAnswer(answer, host)
    } catch (error) {
      return error instanceof TimedOut ? timedOut(host) : problemOfError(error, host)
    }
  }

  return {
    send(deliveries) {
      const away = new Map<string, Problem>()
      return pLimit(atOnce).map(deliveries, async (delivery) => {
        const known = away.get(delivery.url)
        if (known) return known
        const problem = await post(delivery)
        if (problem && isAway(problem)) away.set(delivery.url, problem)
        return problem
      })
    },
  }
}

function headersOf({ id, body, secrets }: Delivery): Record<string, string> {
  const now = new Date()
  return {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    'User-Agent': 'Klaviyo-Actions-for-Shopify',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
  }
}

class TimedOut extends Error {}

interface Waiting {
  /** The socket's event that says that the receiver is there. */
  connected: 'connect' | 'secureConnect'
  connectWithinMs: number
  answerWithinMs: number
}

function answerTo(
  request: ClientRequest,
  body: string,
  { connected, connectWithinMs, answerWithinMs }: Waiting,
): Promise<{ status: number; retryAfter: string | undefined }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number
    retryAfter: string | undefined
  }>()
  const giveUp = () => request.destroy(new TimedOut())
  const answering = setTimeout(giveUp, answerWithinMs)
  const connecting = setTimeout(giveUp, connectWithinMs)
  request.on('socket', (socket) => {
    if (socket.connecting) socket.once(connected, () => clearTimeout(connecting))
    else clearTimeout(connecting)
  })
  request.on('response', (response) => {
    resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] })
    discard(response)
  })
  request.on('error', reject)
  request.on('close', () => {
    clearTimeout(answering)
    clearTimeout(connecting)
    // Ends what ended neither way, such as an upgrade that nobody asked for.
    reject(new Error('closed without an answer'))
  })
  request.end(body)
  return promise
}

/** Reads the rest away; an answer that goes on and on is cut off, by size here, by time above. */
function discard(response: IncomingMessage): void {
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > mostAnswerBytes) response.destroy()
  })
  // What happens after the status changes nothing.
  response.on('error', () => undefined)
}
