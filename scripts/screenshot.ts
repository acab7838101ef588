/** Makes docs/screenshot.png: the activity of a demo store, as its owner sees it in the admin. */
import { fileURLToPath } from 'node:url'
import { openAdmin, openBrowser } from '../test/browser/browser.ts'
import { eventually, openSeededStage, shopA } from '../test/harness/stage.ts'
import type { Stage } from '../test/harness/stage.ts'

const target = fileURLToPath(new URL('../docs/screenshot.png', import.meta.url))

const nothingElse = { kind: 'group', match: 'all', items: [] }

const winBack = {
  name: 'Win-back converted',
  trigger: {
    kind: 'flow',
    flow: { id: null, name: 'Win-back' },
    outcome: { property: 'branch_outcome', equals: 'converted' },
  },
  conditions: nothingElse,
  actions: [
    {
      id: 'tag',
      kind: 'add-tags',
      settings: { tags: ['klaviyo-reengaged-q{{ quarter }}-{{ year }}'] },
    },
  ],
  noCustomer: { then: 'skip' },
}

const bigOrder = {
  name: 'Big order',
  trigger: { kind: 'metric', metric: { id: null, name: 'Placed Order' }, outcome: null },
  conditions: nothingElse,
  actions: [{ id: 'tag', kind: 'add-tags', settings: { tags: ['big-order-{{ year }}'] } }],
  noCustomer: { then: 'skip' },
}

const person = (name: string) => `${name}@example.com`

async function makeThingsHappen(stage: Stage): Promise<void> {
  const saved = await stage.admin(shopA).submit('/app/rules/new', 'app.rules.$id', {
    intent: 'save',
    mode: 'shadow',
    document: JSON.stringify(bigOrder),
  })
  if (!saved.ok) throw new Error(`the app refused a rule: ${await saved.text()}`)
  const send = (event: object) =>
    stage.klaviyo.post('/send', { account: 'demo-one', format: 'flow', ...event })
  const flow = { metric: 'Completed Flow', flow: 'Win-back', outcome: 'converted' }
  await send({ ...flow, profiles: ['ada.moreno', 'ben.okafor'].map(person) })
  await send({ metric: 'Placed Order', profiles: ['gwen.sato', 'kavya.iyer'].map(person) })
  await send({ ...flow, profiles: ['ada.moreno', 'chloe.laurent', 'farah.haddad'].map(person) })
  await send({ metric: 'Placed Order', profiles: ['liam.becker'].map(person) })
  await send({ ...flow, profiles: ['dmitri.volkov', 'gwen.sato', 'liam.becker'].map(person) })
}

const stage = await openSeededStage({}, winBack)
const browser = await openBrowser()
try {
  await makeThingsHappen(stage)
  const admin = await openAdmin(browser, stage.sandbox.shopifyUrl, shopA, {
    viewport: { width: 1280, height: 720 },
  })
  const runs = admin.app.getByRole('row').filter({ hasText: '@example.com' })
  await eventually(async () => {
    await admin.open('/activity')
    const waiting = await runs.filter({ hasText: 'Waiting' }).count()
    if ((await runs.count()) < 11 || waiting > 0) throw new Error('not all events were acted on')
  })
  await admin.page.screenshot({ path: target })
} finally {
  await browser.close()
  await stage.close()
}
