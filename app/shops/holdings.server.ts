/** All that we hold on a person, readable: the answer to a data request. */
import { whomIn } from '../activity/filter.ts'
import type { Tx } from '../db/client.server.ts'
import { customerIn } from '../operations/undo-scope.server.ts'
import { open, personKeys } from '../secrets.server.ts'
import { syncedFor } from '../sync/person.server.ts'
import type { Person, Traces } from './person.server.ts'

export async function holdings(tx: Tx, shop: string, person: Person, traces: Traces) {
  const { gid, email, phone, customerId } = person
  const { events, identifiers } = traces
  const [runs, grants, codes, operations, synced] = await Promise.all([
    tx.run.findMany({
      where: {
        shopId: shop,
        OR: [{ eventId: { in: events.map(({ id }) => id) } }, { customerGid: gid }],
      },
      orderBy: { id: 'asc' },
      include: { rule: { select: { name: true } }, steps: { orderBy: { position: 'asc' } } },
    }),
    tx.tagGrant.findMany({ where: { shopId: shop, customerGid: gid } }),
    tx.issuedCode.findMany({ where: { shopId: shop, customerGid: gid } }),
    operationsAbout(tx, shop, person, traces),
    syncedFor(tx, shop, { customerId, identifiers }),
  ])
  return {
    shop,
    customer: { gid, email, phone },
    collectedAt: new Date(),
    events,
    runs: runs.map((run) => ({
      eventId: run.eventId,
      rule: run.rule.name,
      customer: run.customerGid,
      state: run.state,
      reason: run.reason,
      createdAt: run.createdAt,
      decision: run.why === null ? null : json(open(shop, 'Run.why', run.why)),
      steps: run.steps.map((step) => ({
        action: step.kind,
        state: step.state,
        note: step.note && open(shop, 'Step.note', step.note),
        reason: step.reason,
        finishedAt: step.finishedAt,
        effect: step.intent === null ? null : json(open(shop, 'Step.intent', step.intent)),
      })),
    })),
    tagsAdded: grants.map(({ tag, grantedAt, expiresAt }) => ({
      tag: open(shop, 'TagGrant.tag', tag),
      grantedAt,
      expiresAt,
    })),
    discountCodes: codes.map((code) => ({
      code: code.code,
      worth: code.worth,
      startsAt: code.startsAt,
      endsAt: code.endsAt,
      replacedAt: code.replacedAt,
      deletedAt: code.deletedAt,
      usedAt: code.usedAt,
      order: code.orderGid,
      revenue: code.revenue,
      currency: code.currency,
    })),
    operations: operations.map(({ title, createdAt }) => ({ title, createdAt })),
    metafieldSync: synced,
  }
}

/** Operations whose scope is about the person. Scopes are sealed, so each is looked into. */
export async function operationsAbout(
  tx: Tx,
  shop: string,
  { gid }: Person,
  { identifiers }: Traces,
) {
  const keys = new Set(identifiers.flatMap((identifier) => personKeys(shop, identifier)))
  const rows = await tx.operation.findMany({
    where: { shopId: shop },
    select: { id: true, title: true, createdAt: true, scope: true },
  })
  return rows.filter(({ scope }) => {
    const customer = customerIn(json(open(shop, 'Operation.scope', scope)))
    if (!customer) return false
    const whom = whomIn(customer)
    return 'customerGid' in whom ? whom.customerGid === gid : whom.keys.some((key) => keys.has(key))
  })
}

const json = (text: string): unknown => JSON.parse(text)
