/** Tags that are taken off again once their time is over. The clock is moved in the database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import { database, eventually, openSeededStage, shopA, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

// Only PostgreSQL can be reached from outside the app.
const made = z.object({ id: z.string() })

describe.runIf(database === 'postgresql')('tags with an end', () => {
  let stage: Stage
  let merchant: Merchant

  beforeAll(async () => {
    stage = await openSeededStage()
    merchant = new Merchant(stage, shopA)
  })
  afterAll(() => stage.close())

  const grant = async (metric: string, email: string, settings: object) => {
    const customer = { shop: shopA, email, tags: ['theirs'] }
    const { id } = made.parse(await stage.shopify.post('/customers', customer))
    await merchant.addRule(
      ruleOn(metric, [], { actions: [{ id: '0', kind: 'add-tags', settings }] }),
    )
    expect(await merchant.post({ metric, email })).toBe(202)
    await eventually(async () => expect((await tagsOf(stage, shopA, email)).length).toBe(2))
    // Remembered in the transaction behind the writing.
    await eventually(async () => expect(await grantsOf(id)).toHaveLength(1))
    return id
  }

  const grantsOf = (customer: string) =>
    stage.query(`select "expiresAt" from "TagGrant" where "customerGid" = '${customer}'`)

  const letExpire = (customer: string) =>
    stage.query(
      `update "TagGrant" set "expiresAt" = now() - interval '1 minute'
       where "customerGid" = '${customer}' and "expiresAt" is not null`,
    )

  const upkeep = z.object({ upkeep: z.array(z.object({ kind: z.string(), count: z.number() })) })

  it('go when it has come, and the activity counts them', async () => {
    const customer = await grant('short', 'short@example.com', {
      tags: ['short'],
      removeAfterDays: '3',
    })
    await letExpire(customer)
    await eventually(async () => {
      expect(await tagsOf(stage, shopA, 'short@example.com')).toEqual(['theirs'])
      const activity = await merchant.session.load('/app/activity', 'app.activity._index')
      expect(upkeep.parse(await activity.json()).upkeep).toMatchObject([
        { kind: 'tags_expired', count: 1 },
      ])
    })
    expect(await grantsOf(customer)).toHaveLength(0)
  })

  it('stay when they are granted again without one', async () => {
    const email = 'kept@example.com'
    const customer = await grant('kept', email, { tags: ['kept'], removeAfterDays: 3 })
    await merchant.addRule(
      ruleOn('kept again', [], {
        actions: [{ id: '0', kind: 'add-tags', settings: { tags: ['kept'] } }],
      }),
    )
    expect(await merchant.post({ metric: 'kept again', email })).toBe(202)
    await eventually(async () => {
      expect(await grantsOf(customer)).toEqual([{ expiresAt: null }])
    })
    await letExpire(customer)
    await grant('other', 'other@example.com', { tags: ['other'] })
    expect(await tagsOf(stage, shopA, email)).toEqual(['kept', 'theirs'])
  })

  it('keep the later end when they are granted again for less', async () => {
    const email = 'longer@example.com'
    const customer = await grant('longer', email, { tags: ['longer'], removeAfterDays: 365 })
    const [end] = await grantsOf(customer)
    const settings = { tags: ['longer', 'fresh'], removeAfterDays: 1 }
    await merchant.addRule(
      ruleOn('for less', [], { actions: [{ id: '0', kind: 'add-tags', settings }] }),
    )
    expect(await merchant.post({ metric: 'for less', email })).toBe(202)
    const both = await eventually(async () => {
      const found = await grantsOf(customer)
      expect(found).toHaveLength(2)
      return found
    })
    expect(both).toContainEqual(end)
  })

  it('that were never granted with one stay', async () => {
    const customer = await grant('ever', 'ever@example.com', {
      tags: ['ever'],
      removeAfterDays: '',
    })
    expect(await grantsOf(customer)).toEqual([{ expiresAt: null }])
  })

  it('go without Klaviyo, too', async () => {
    const email = 'alone@example.com'
    const customer = await grant('alone', email, { tags: ['alone'], removeAfterDays: 3 })
    await merchant.submit('/app/settings', 'app.settings', { intent: 'disconnect' })
    await letExpire(customer)
    await eventually(async () => expect(await tagsOf(stage, shopA, email)).toEqual(['theirs']))
  })
})
