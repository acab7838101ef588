/** Bodies as Klaviyo posts them, with their headers. */
import { createHmac } from 'node:crypto'

export interface Posted {
  headers: Record<string, string>
  body: string
}

export interface Subject {
  eventId: string
  profileId: string
  email: string
}

/** One event through a flow's webhook action. */
export function flowPost(
  secret: string,
  metric: string,
  { eventId, profileId, email }: Subject,
): Posted {
  return {
    headers: { 'Content-Type': 'application/json', 'X-Klaviyo-Actions-Secret': secret },
    body: JSON.stringify({
      metric,
      flow_id: 'BENCH1',
      flow_name: 'Win-back',
      event_id: eventId,
      profile_id: profileId,
      email,
      branch_outcome: 'converted',
      properties: { value: 42.5, items: ['Shirt', 'Hat'], source: 'bench' },
    }),
  }
}

/** Many events through a system webhook. */
export function systemPost(secret: string, metric: string, subjects: Subject[]): Posted {
  const body = JSON.stringify({
    meta: { timestamp: new Date().toISOString(), klaviyo_webhook_id: 'bench', version: '1' },
    data: subjects.map(({ eventId, profileId }) => ({
      topic: `event:api.${metric.toLowerCase().replaceAll(' ', '_')}`,
      external_id: eventId,
      payload: {
        data: {
          type: 'event',
          id: eventId,
          attributes: {
            datetime: new Date().toISOString(),
            event_properties: { branch_outcome: 'converted', value: 42.5, items: ['Shirt', 'Hat'] },
          },
          relationships: { profile: { data: { id: profileId } } },
        },
      },
    })),
  })
  const timestamp = String(Math.floor(Date.now() / 1_000))
  const signature = createHmac('sha256', secret).update(body).update(timestamp).digest('hex')
  return {
    headers: {
      'Content-Type': 'application/json',
      'Klaviyo-Signature': signature,
      'Klaviyo-Timestamp': timestamp,
      'Klaviyo-Webhook-Id': 'bench',
    },
    body,
  }
}
