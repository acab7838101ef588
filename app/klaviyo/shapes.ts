/** What answers look like. The client turns them into classes of its own without checking: we do. */
import { z } from 'zod'
import { ProblemError } from '../problem.ts'
import type { KlaviyoProfile, Predictions } from './klaviyo.ts'
import { strangeAnswer } from './problems.ts'

/** Throws a ProblemError where the answer is not what Klaviyo promises. */
export function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw new ProblemError(strangeAnswer, { cause: parsed.error })
  return parsed.data
}

export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null)

/** A page of a list; the cursor is cut out of the address of the next one. */
export function listOf<Item>(item: z.ZodType<Item>) {
  return z
    .object({ data: z.array(item), links: z.object({ next: z.string().nullish() }).nullish() })
    .transform(({ data, links }) => ({
      data,
      next: links?.next
        ? (new URL(links.next).searchParams.get('page[cursor]') ?? undefined)
        : undefined,
    }))
}

/** The person's own fields. */
const ofProfile = {
  email: text,
  phoneNumber: text,
  firstName: text,
  lastName: text,
  // It came out of JSON.parse, so it is JSON.
  properties: z
    .custom<KlaviyoProfile['properties'] | null | undefined>(
      (value) => typeof value === 'object' || value === undefined,
    )
    .transform((value) => value ?? {}),
}

interface Listed {
  id: string
  attributes: {
    email: string | null
    phoneNumber: string | null
    firstName: string | null
    lastName: string | null
    properties: KlaviyoProfile['properties']
  }
}

const profileFrom = ({ id, attributes }: Listed): KlaviyoProfile => ({
  id,
  email: attributes.email,
  phone: attributes.phoneNumber,
  firstName: attributes.firstName,
  lastName: attributes.lastName,
  properties: attributes.properties,
})

const amount = z
  .number()
  .nullish()
  .transform((value) => value ?? null)

const predictionsShape = z
  .object({
    historicClv: amount,
    predictedClv: amount,
    totalClv: amount,
    historicNumberOfOrders: amount,
    predictedNumberOfOrders: amount,
    averageDaysBetweenOrders: amount,
    averageOrderValue: amount,
    churnProbability: amount,
    // The client makes a Date of it.
    expectedDateOfNextOrder: z
      .union([z.date().transform((date) => date.toISOString()), z.string()])
      .nullish()
      .transform((value) => value ?? null),
    rankedChannelAffinity: z
      .array(z.string())
      .nullish()
      .transform((value) => value ?? null),
  })
  .transform((given): Predictions => ({
    historic_clv: given.historicClv,
    predicted_clv: given.predictedClv,
    total_clv: given.totalClv,
    historic_number_of_orders: given.historicNumberOfOrders,
    predicted_number_of_orders: given.predictedNumberOfOrders,
    average_days_between_orders: given.averageDaysBetweenOrders,
    average_order_value: given.averageOrderValue,
    churn_probability: given.churnProbability,
    expected_date_of_next_order: given.expectedDateOfNextOrder,
    ranked_channel_affinity: given.rankedChannelAffinity,
  }))

const unscored = predictionsShape.parse({})

const predictable = z.object({
  id: z.string(),
  attributes: z.object({ ...ofProfile, predictiveAnalytics: predictionsShape.nullish() }),
})

/** A profile of a list, with its predictions where they were asked for. */
export const profileShape = predictable.transform(({ id, attributes }): KlaviyoProfile => {
  const { predictiveAnalytics: predictive } = attributes
  return { ...profileFrom({ id, attributes }), ...(predictive ? { predictive } : {}) }
})

/** A profile of a list that was asked for its predictions. */
export const predictedShape = predictable.transform(({ id, attributes }) => ({
  ...profileFrom({ id, attributes }),
  predictions: attributes.predictiveAnalytics ?? unscored,
}))
