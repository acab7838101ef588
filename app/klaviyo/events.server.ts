/** Past events, as Klaviyo's Events API has them. */
import type { EventsApi } from 'klaviyo-api'
import { z } from 'zod'
import { listOf, parse, text } from './answers.ts'
import type { EventRange, KlaviyoEvent } from './klaviyo.ts'

/** https://developers.klaviyo.com/en/reference/get_events */
const mostPerPage = 1_000

export async function readEvents(
  api: EventsApi,
  range: EventRange,
  { size, cursor }: { size: number; cursor: string | null },
): Promise<{ events: KlaviyoEvent[]; next: string | null }> {
  const { body } = await api.getEvents({
    ...asked(range, size, cursor),
    fieldsEvent: ['datetime', 'event_properties'],
    include: ['profile'],
    fieldsProfile: ['email', 'phone_number'],
  })
  const { data, next } = parse(eventsBody, body)
  const people = new Map(
    parse(includedBody, body).included.flatMap(({ type, id, attributes }) =>
      type === 'profile' ? [[id, attributes]] : [],
    ),
  )
  const events = data.map(({ id, attributes, relationships }) => {
    const profileId = relationships?.profile?.data?.id ?? null
    const person = profileId === null ? undefined : people.get(profileId)
    return {
      id,
      profileId,
      email: person?.email ?? null,
      phone: person?.phoneNumber ?? person?.phone_number ?? null,
      at: attributes.datetime,
      properties: attributes.eventProperties,
    }
  })
  return { events, next: next ?? null }
}

/** Klaviyo counts nothing for us: ids are read and counted, and not for longer than it makes sense. */
export async function countEvents(
  api: EventsApi,
  range: EventRange,
  most: number,
): Promise<{ count: number; isMore: boolean }> {
  let count = 0
  let cursor: string | null = null
  do {
    const { body }: { body: unknown } = await api.getEvents({
      ...asked(range, mostPerPage, cursor),
      fieldsEvent: ['datetime'],
    })
    const { data, next } = parse(idsBody, body)
    count += data.length
    cursor = next ?? null
  } while (cursor !== null && count < most)
  return { count, isMore: cursor !== null }
}

const asked = ({ metricId, from, to }: EventRange, pageSize: number, cursor: string | null) => ({
  filter: [
    `equals(metric_id,${JSON.stringify(metricId)})`,
    `greater-or-equal(datetime,${from.toISOString()})`,
    `less-than(datetime,${to.toISOString()})`,
  ].join(','),
  sort: 'datetime' as const,
  pageSize,
  ...(cursor === null ? {} : { pageCursor: cursor }),
})

const idsBody = listOf(z.object({ id: z.string() }))

const eventsBody = listOf(
  z.object({
    id: z.string(),
    attributes: z.object({
      datetime: z.coerce.date(),
      // It came out of JSON.parse, so it is JSON.
      eventProperties: z
        .custom<KlaviyoEvent['properties'] | null | undefined>(
          (value) => typeof value === 'object' || value === undefined,
        )
        .transform((value) => value ?? {}),
    }),
    relationships: z
      .object({ profile: z.object({ data: z.object({ id: z.string() }).nullish() }).nullish() })
      .nullish(),
  }),
)

/** The client renames the fields of what is included, or leaves them, by how complete they are. */
const includedBody = z.object({
  included: z
    .array(
      z.object({
        type: z.string(),
        id: z.string(),
        attributes: z.object({ email: text, phoneNumber: text, phone_number: text }),
      }),
    )
    .nullish()
    .transform((list) => list ?? []),
})
