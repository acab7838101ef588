import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { flowPost } from '../../bench/bodies.ts'
import { eventually, openSeededStage, shopA } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

const events = 500
const kills = 5
const postsAtOnce = 8

const journal = z.array(z.object({ customer: z.string().optional() }).loose())

let stage: Stage
beforeAll(async () => {
  stage = await openSeededStage({ latencyMs: 20 })
})
afterAll(() => stage.close())

it(`kills the app ${kills} times during ${events} events: none is lost, none takes effect twice`, async () => {
  const people = Array.from({ length: events }, (_, index) => `fault${index}@example.com`)
  await stage.shopify.post(
    '/customers',
    people.map((email) => ({ shop: shopA, email })),
  )
  const before = (await stage.shopify.get(`/journal?shop=${shopA}`, journal)).length
  const { webhookUrl, headers } = await stage.webhook(shopA)
  const secret = Object.values(headers)[0] ?? ''

  // As Klaviyo does: what was not acknowledged is sent again.
  const queue = [...people.keys()]
  const send = async () => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      const post = flowPost(secret, 'Completed Flow', {
        eventId: `fault-${index}`,
        profileId: '',
        email: people[index] ?? '',
      })
      const status = await fetch(webhookUrl, { method: 'POST', ...post }).then(
        (response) => response.status,
        () => 0,
      )
      if (status === 202) continue
      queue.push(index)
      await sleep(100)
    }
  }
  const sending = Promise.all(Array.from({ length: postsAtOnce }, send))
  for (let kill = 0; kill < kills; kill++) {
    await sleep(100 + Math.random() * 400)
    await Promise.all(stage.sandbox.apps.map((app) => app.stop('SIGKILL')))
    await stage.sandbox.restart()
  }
  await sending

  const tagged = await eventually(async () => {
    const entries = (await stage.shopify.get(`/journal?shop=${shopA}`, journal)).slice(before)
    expect(entries.length).toBeGreaterThanOrEqual(events)
    return entries
  }, 90_000)
  expect(tagged).toHaveLength(events)

  // And the merchant sees each of them done, once.
  await eventually(async () => {
    const home = await (await stage.admin(shopA).load('/app', 'app._index')).text()
    expect(home).toContain(`"acted":${events}`)
  }, 60_000)
}, 300_000)
