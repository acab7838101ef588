import type { EventFacts, Facts, ProfileFacts } from '../../../app/rules/facts.ts'

export const occurredAt = new Date('2026-03-14T23:30:00Z')

export function facts(
  event: Partial<EventFacts> = {},
  profile: Partial<ProfileFacts> | null = {},
): Facts {
  return {
    event: {
      metricId: null,
      metricName: 'Completed Flow',
      flowId: 'VqXnZ2',
      flowName: 'Win-back',
      campaignId: null,
      campaignName: null,
      outcome: 'converted',
      profileId: '01HP',
      email: 'ada@example.com',
      phone: null,
      occurredAt,
      properties: { branch_outcome: 'converted', amount: '12.50', items: ['Shirt', 'Hat'] },
      ...event,
    },
    profile: profile && {
      id: '01HP',
      email: 'ada@example.com',
      phone: null,
      firstName: 'Ada',
      lastName: 'Moreno',
      properties: { loyalty_tier: 'Gold', points: 120, 'Favourite Shop': 'Lyon' },
      ...profile,
    },
    shop: { timeZone: 'Europe/Berlin' },
  }
}
