/** What a mapping can be made of. Pure; screens use it too. */

/** Klaviyo's predictions, as its API names them. */
export const predictions = [
  { field: 'predicted_clv', name: 'Predicted lifetime value', is: 'number' },
  { field: 'historic_clv', name: 'Historic lifetime value', is: 'number' },
  { field: 'total_clv', name: 'Total lifetime value', is: 'number' },
  { field: 'churn_probability', name: 'Churn risk', is: 'number' },
  { field: 'expected_date_of_next_order', name: 'Expected date of next order', is: 'date' },
  { field: 'predicted_number_of_orders', name: 'Predicted number of orders', is: 'number' },
  { field: 'historic_number_of_orders', name: 'Historic number of orders', is: 'number' },
  { field: 'average_days_between_orders', name: 'Average days between orders', is: 'number' },
  { field: 'average_order_value', name: 'Average order value', is: 'number' },
  { field: 'ranked_channel_affinity', name: 'Preferred channels', is: 'list' },
] as const

export type PredictionField = (typeof predictions)[number]['field']

/** Types of metafields that a mapping can fill. */
export const mappingTypes = [
  'number_decimal',
  'number_integer',
  'date_time',
  'single_line_text_field',
  'list.single_line_text_field',
  'boolean',
  'json',
] as const
export type MappingType = (typeof mappingTypes)[number]

/** Merchants can filter and segment customers by these. https://shopify.dev/docs/apps/build/metafields/use-metafield-capabilities */
export const isFilterable = (type: MappingType) =>
  type !== 'json' && type !== 'list.single_line_text_field'

/** A line of a bulk write holds 25 metafields, and a customer is one line. */
export const mostMappings = 25

export const isNumeric = (type: MappingType) =>
  type === 'number_decimal' || type === 'number_integer'

/** `klaviyo.predicted_ltv` */
export const nameOf = ({ namespace, key }: { namespace: string; key: string }) =>
  `${namespace}.${key}`
