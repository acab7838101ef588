/** One signed request to a receiver on this machine, and the receivers that get none. */
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import { once } from 'node:events'
import { createServer as createSocketServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import { openOutbound } from '../../../app/outbound/outbound.server.ts'
import type { Outbound } from '../../../app/outbound/outbound.server.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const webhook = {
  id: '0198c0de-0000-7000-8000-000000000001',
  body: '{"name":"Zoë"}',
  secrets: [secret],
}

const servers: { close(): unknown; closeAllConnections?(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.()
    server.close()
  }
})

interface Received {
  headers: IncomingMessage['headers']
  method: string | undefined
  body: string
}

async function receiver(answer: RequestListener): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = []
  const server: Server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, method: request.method, body })
      answer(request, response)
    })
  })
  return { port: await listening(server), received }
}

async function listening(server: Server | ReturnType<typeof createSocketServer>): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return addressOf(server.address()).port
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('not listening')
  return address
}

const sandbox = openOutbound({ toThisMachine: true })
const production = openOutbound({ toThisMachine: false })

const post = async (outbound: Outbound, url: string) =>
  (await outbound.send([{ ...webhook, url }]))[0]

describe('a webhook', () => {
  it('is one POST whose signature the receiver can verify', async () => {
    const { port, received } = await receiver((_, response) => response.end('ok'))
    expect(await post(sandbox, `http://127.0.0.1:${port}/hook`)).toBeNull()
    const [first] = received
    expect(received).toHaveLength(1)
    expect(first).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json', 'webhook-id': webhook.id },
    })
    const headers = Object.fromEntries(
      Object.entries(first?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    )
    expect(new Webhook(secret).verify(first?.body ?? '', headers)).toEqual({ name: 'Zoë' })
    expect(() => new Webhook(secret).verify('{"name":"Eve"}', headers)).toThrow()
  })

  it('is signed with every secret, so that receivers can move from one to the other', async () => {
    const { port, received } = await receiver((_, response) => response.end())
    const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
    const url = `http://127.0.0.1:${port}/`
    await sandbox.send([{ ...webhook, url, secrets: [other, secret] }])
    const [first] = received
    const headers = Object.fromEntries(
      Object.entries(first?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    )
    for (const each of [secret, other]) {
      expect(new Webhook(each).verify(first?.body ?? '', headers)).toEqual({ name: 'Zoë' })
    }
  })

  it('is not sent on where the receiver redirects to', async () => {
    const { port, received } = await receiver((_, response) =>
      response.writeHead(307, { Location: `http://127.0.0.1:${port}/elsewhere` }).end(),
    )
    const problem = await post(sandbox, `http://127.0.0.1:${port}/hook`)
    expect(problem).toMatchObject({ code: 'webhook-redirected', retry: 'never' })
    expect(received).toHaveLength(1)
  })

  it('is done when the receiver says so, whatever else it goes on to say', async () => {
    const { port } = await receiver((_, response) => {
      response.writeHead(200)
      const talk = () => {
        while (!response.destroyed && response.write(Buffer.alloc(8_192)));
      }
      response.on('drain', talk)
      talk()
    })
    expect(await post(sandbox, `http://127.0.0.1:${port}/`)).toBeNull()
  })

  it('tells of a receiver that has trouble, is busy or refuses', async () => {
    const statuses = [503, 429, 400]
    const { port } = await receiver((_, response) =>
      response.writeHead(statuses.shift() ?? 200, { 'Retry-After': '7' }).end(),
    )
    const url = `http://127.0.0.1:${port}/`
    expect(await post(sandbox, url)).toMatchObject({ code: 'webhook-down' })
    expect(await post(sandbox, url)).toMatchObject({
      code: 'webhook-busy',
      retryAfterMs: 7_000,
    })
    expect(await post(sandbox, url)).toMatchObject({ code: 'webhook-refused' })
  })

  it('waits for an answer only so long', async () => {
    const { port } = await receiver(() => undefined)
    const hasty = openOutbound({ toThisMachine: true, answerWithinMs: 200 })
    expect(await post(hasty, `http://127.0.0.1:${port}/`)).toMatchObject({
      code: 'webhook-timeout',
      retry: 'later',
    })
  })

  it('waits for a connection only so long', async () => {
    // Takes the connection and never answers the TLS handshake.
    const port = await listening(createSocketServer(() => undefined))
    const hasty = openOutbound({ toThisMachine: true, connectWithinMs: 200 })
    expect(await post(hasty, `https://127.0.0.1:${port}/`)).toMatchObject({
      code: 'webhook-timeout',
      retry: 'later',
    })
  })

  it('is tried later where nobody listens or the connection breaks', async () => {
    const silent = createSocketServer((socket) => socket.destroy())
    const port = await listening(silent)
    const url = `http://127.0.0.1:${port}/`
    const unreachable = { code: 'webhook-unreachable', retry: 'later' }
    expect(await post(sandbox, url)).toMatchObject(unreachable)
    silent.close()
    await once(silent, 'close')
    expect(await post(sandbox, url)).toMatchObject(unreachable)
  })

  it('ends when the receiver wants to speak something else', async () => {
    const port = await listening(
      createSocketServer((socket) => {
        socket.on('error', () => undefined)
        socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
      }),
    )
    expect(await post(sandbox, `http://127.0.0.1:${port}/`)).toMatchObject({
      retry: 'later',
    })
  })

  it('does not go to a receiver that speaks no https', async () => {
    const { port, received } = await receiver((_, response) => response.end())
    const problem = await post(sandbox, `https://127.0.0.1:${port}/`)
    expect(problem).toMatchObject({ code: 'webhook-insecure', retry: 'never' })
    expect(received).toHaveLength(0)
  })
})

describe('many webhooks', () => {
  const many = (count: number, url: string) =>
    Array.from({ length: count }, (_, index) => ({ ...webhook, id: String(index), url }))

  it('go together, and each learns its own outcome', async () => {
    let open = 0
    let most = 0
    const { port } = await receiver((request, response) => {
      most = Math.max(most, ++open)
      setTimeout(() => {
        open--
        response.writeHead(request.headers['webhook-id'] === '13' ? 500 : 204).end()
      }, 10)
    })
    const problems = await sandbox.send(many(40, `http://127.0.0.1:${port}/`))
    expect(problems.flatMap((problem, index) => (problem ? [index] : []))).toEqual([13])
    expect(most).toBe(8)
  })

  it('to a receiver that hangs do not hold up those to others', async () => {
    const hanging = await receiver(() => undefined)
    const good = await receiver((_, response) => response.end())
    const hasty = openOutbound({ toThisMachine: true, answerWithinMs: 200 })
    const startedAt = Date.now()
    const problems = await hasty.send([
      ...many(100, `http://127.0.0.1:${hanging.port}/`),
      ...many(10, `http://127.0.0.1:${good.port}/`),
    ])
    expect(problems.slice(0, 100).every((problem) => problem?.code === 'webhook-timeout')).toBe(
      true,
    )
    expect(problems.slice(100)).toEqual(Array.from({ length: 10 }, () => null))
    expect(hanging.received.length).toBeLessThanOrEqual(8)
    expect(Date.now() - startedAt).toBeLessThan(2_000)
  })
})

describe('in production', () => {
  it('no connection is made to a name that leads to this machine', async () => {
    let connections = 0
    const port = await listening(createSocketServer(() => connections++))
    const problem = await post(production, `https://localhost:${port}/`)
    expect(problem).toMatchObject({ code: 'webhook-address-blocked', retry: 'never' })
    expect(connections).toBe(0)
  })

  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '[::1]',
    '[::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '[::ffff:127.0.0.1]',
    '[64:ff9b::7f00:1]',
  ])('nothing is sent to %s', async (host) => {
    expect(await post(production, `https://${host}/`)).toMatchObject({
      code: 'webhook-address-blocked',
      retry: 'never',
    })
  })

  it('plain http is refused', async () => {
    const { port, received } = await receiver((_, response) => response.end())
    expect(await post(production, `http://127.0.0.1:${port}/`)).toMatchObject({
      code: 'webhook-address-unusable',
      retry: 'never',
    })
    expect(received).toHaveLength(0)
  })
})

it('a sandbox reaches itself and no other private address', async () => {
  expect(await post(sandbox, 'http://169.254.169.254/')).toMatchObject({
    code: 'webhook-address-blocked',
  })
})
