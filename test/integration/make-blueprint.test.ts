/** The blueprint for Make, run as Make would run it: what its HTTP module posts, the app takes. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { guideBody, secretPlaceholder } from '../../app/shops/make-blueprint.ts'
import { renderTemplate } from '../../sandbox/klaviyo/template.ts'
import { Merchant, ruleOn } from '../harness/merchant.ts'
import { eventually, openSeededStage, shopA, shopB, tagsOf } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'

let stage: Stage
let merchant: Merchant

beforeAll(async () => {
  stage = await openSeededStage()
  merchant = new Merchant(stage, shopA)
})
afterAll(() => stage.close())

/** A scenario as Make reads one: rows of modules, each with what it maps from those before it. */
const moduleOf = <Name extends string, Mapper extends z.ZodType>(
  name: Name,
  version: number,
  mapper: Mapper,
) =>
  z.object({
    id: z.number(),
    module: z.literal(name),
    version: z.literal(version),
    parameters: z.record(z.string(), z.json()),
    mapper,
    metadata: z.object({ designer: z.object({ x: z.number(), y: z.number() }) }).loose(),
  })

const pair = z.object({ name: z.string(), value: z.string() })
const scenario = z.object({
  name: z.string(),
  flow: z.tuple([
    moduleOf('gateway:CustomWebHook', 1, z.object({})),
    moduleOf('json:TransformToJSON', 1, z.object({ object: z.string() })),
    moduleOf(
      'util:SetVariables',
      1,
      z.object({ scope: z.enum(['roundtrip', 'execution']), variables: z.array(pair) }),
    ),
    moduleOf(
      'http:ActionSendData',
      3,
      z
        .object({
          url: z.url(),
          method: z.literal('post'),
          headers: z.array(pair),
          bodyType: z.literal('raw'),
          contentType: z.literal('application/json'),
          data: z.string(),
        })
        .loose(),
    ),
  ]),
  metadata: z.object({ version: z.literal(1), instant: z.literal(true) }).loose(),
})
type Scenario = z.infer<typeof scenario>

async function blueprint(who = merchant): Promise<{ text: string; scenario: Scenario }> {
  const response = await who.session.load('/app/settings/blueprint', 'app.settings_.blueprint')
  expect(response.status).toBe(200)
  const text = await response.text()
  return { text, scenario: scenario.parse(JSON.parse(text)) }
}

/** What the modules have given so far, by their ids. */
type Bundles = Map<string, Record<string, unknown>>

/** One part of an expression of Make's: `3.body`, `"hex"`, or a call of sha256. */
function valueOf(expression: string, bundles: Bundles): unknown {
  const call = /^sha256\((.*)\)$/.exec(expression)
  if (call) {
    const [text, encoding, key] = (call[1] ?? '').split('; ').map((each) => valueOf(each, bundles))
    return createHmac('sha256', String(key))
      .update(String(text))
      .digest(z.literal('hex').parse(encoding))
  }
  const quoted = /^"(.*)"$/.exec(expression)
  if (quoted) return quoted[1]
  const [id = '', name = ''] = expression.split('.')
  const bundle = bundles.get(id)
  if (!bundle || !(name in bundle)) throw new Error(`nothing gives ${expression}`)
  return bundle[name]
}

const fill = (template: string, bundles: Bundles): string =>
  template.replaceAll(/\{\{(.*?)\}\}/g, (_all, expression: string) =>
    String(valueOf(expression, bundles)),
  )

/** Runs the scenario on what came to its webhook; the app's answer. */
async function run(
  { flow: [hook, json, variables, http] }: Scenario,
  incoming: Record<string, unknown>,
) {
  const bundles: Bundles = new Map([[String(hook.id), incoming]])
  const mapped = /^\{\{(.*)\}\}$/.exec(json.mapper.object)?.[1] ?? ''
  bundles.set(String(json.id), { json: JSON.stringify(valueOf(mapped, bundles)) })
  bundles.set(
    String(variables.id),
    Object.fromEntries(
      variables.mapper.variables.map(({ name, value }) => [name, fill(value, bundles)]),
    ),
  )
  const { url, method, headers, contentType, data } = http.mapper
  return fetch(url, {
    method,
    headers: {
      'Content-Type': contentType,
      ...Object.fromEntries(headers.map(({ name, value }) => [name, fill(value, bundles)])),
    },
    body: fill(data, bundles),
  })
}

/** What Klaviyo's webhook action posts to Make for that person. */
function fromKlaviyo(email: string, eventId: string): Record<string, unknown> {
  const context = {
    event: { $event_id: eventId, $value: 'a "quoted" value'.replaceAll('"', '\\"') },
    person: { KlaviyoID: '01HF7AYTK76RHR4F17G6DGTRGF', phone_number: '' },
    email,
  }
  return z.record(z.string(), z.unknown()).parse(JSON.parse(renderTemplate(guideBody, context)))
}

describe('the Make blueprint', () => {
  const email = 'made-by-make@example.com'

  it('holds the shop’s own address and no secret', async () => {
    const { text, scenario } = await blueprint()
    const { endpoint, signingSecret } = await merchant.settings()
    expect(scenario.flow[3].mapper.url).toBe(endpoint.url)
    expect(text).toContain(secretPlaceholder)
    for (const { value } of endpoint.secrets) expect(text).not.toContain(value)
    expect(text).not.toContain(signingSecret)

    const other = await blueprint(new Merchant(stage, shopB))
    expect(other.text).not.toContain(endpoint.id)
  })

  it('posts what Klaviyo sent it so that the app takes it and a rule acts, once', async () => {
    await stage.shopify.post('/customers', { shop: shopA, email })
    const rule = await merchant.addRule({
      ...ruleOn('', [{ kind: 'add-tags', tags: ['by-way-of-make'] }], { name: 'By way of Make' }),
      trigger: {
        kind: 'flow',
        flow: { id: null, name: 'Win-back' },
        outcome: { property: 'branch_outcome', equals: 'converted' },
      },
    })
    const { text } = await blueprint()
    const secret = (await merchant.settings()).endpoint.secrets.at(-1)?.value ?? ''
    const filledIn = scenario.parse(JSON.parse(text.replace(secretPlaceholder, secret)))
    // Make's handler tries again when an answer was lost: the same event is the same.
    for (let time = 0; time < 2; time++) {
      expect((await run(filledIn, fromKlaviyo(email, 'evt-1'))).status).toBe(202)
    }
    await eventually(async () =>
      expect(await tagsOf(stage, shopA, email)).toContain('by-way-of-make'),
    )
    expect((await run(filledIn, fromKlaviyo(email, 'evt-2'))).status).toBe(202)
    await eventually(async () =>
      expect((await merchant.runs(`?rule=${rule}`)).map(({ state }) => state)).toEqual([
        'skipped',
        'done',
      ]),
    )
  })

  it('is turned away until the secret is pasted', async () => {
    const { scenario } = await blueprint()
    expect((await run(scenario, fromKlaviyo(email, 'evt-3'))).status).toBe(401)
  })
})
