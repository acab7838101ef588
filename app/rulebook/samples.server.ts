/** Events to try a rule on: recent ones, or one made up where none has come yet. */
import { z } from 'zod'
import { openFacts, titleOf } from '../activity/list.server.ts'
import { prisma } from '../db/client.server.ts'
import type { EventFacts } from '../rules/facts.ts'
import type { Trigger } from '../rules/rule.ts'

const mostShown = 25

export interface SampleEvent {
  id: string
  title: string
  person: string | null
  receivedAt: Date
}

/** The shop's last events, the newest first. */
export async function recentEvents(shop: string): Promise<SampleEvent[]> {
  const events = await prisma.inboundEvent.findMany({
    where: { shopId: shop },
    orderBy: { receivedAt: 'desc' },
    take: mostShown,
    select: { id: true, facts: true, metricName: true, receivedAt: true },
  })
  return events.map(({ id, receivedAt, ...event }) => {
    const facts = openFacts(shop, event)
    const person = facts.email ?? facts.phone ?? facts.profileId
    return { id, title: titleOf(facts), person, receivedAt }
  })
}

/** The facts of one event of this shop, or null. */
export async function factsOfEvent(shop: string, id: string): Promise<EventFacts | null> {
  if (!z.uuid().safeParse(id).success) return null
  const event = await prisma.inboundEvent.findUnique({
    where: { id, shopId: shop },
    select: { facts: true, metricName: true },
  })
  return event && openFacts(shop, event)
}

/** An event that the trigger would take, for a store that has none yet. */
export function madeUpEvent(trigger: Trigger | null, now: Date): EventFacts {
  const facts: EventFacts = {
    metricId: null,
    metricName: 'Completed Flow',
    flowId: null,
    flowName: null,
    campaignId: null,
    campaignName: null,
    outcome: null,
    profileId: '01SAMPLEPROFILE',
    email: 'sample@example.com',
    phone: null,
    occurredAt: now,
    properties: {},
  }
  switch (trigger?.kind) {
    case 'metric':
      return { ...facts, ...metricOf(trigger.metric), outcome: trigger.outcome?.equals ?? null }
    case 'flow':
      return {
        ...facts,
        flowId: trigger.flow.id,
        flowName: trigger.flow.name || null,
        outcome: trigger.outcome?.equals ?? null,
      }
    case 'campaign':
      return {
        ...facts,
        metricName: trigger.engagement ?? 'Opened Email',
        campaignId: trigger.campaign.id,
        campaignName: trigger.campaign.name || null,
      }
    default:
      return facts
  }
}

const metricOf = ({ id, name }: { id: string | null; name: string }) => ({
  metricId: id,
  metricName: name || null,
})
