/**
 * Mappings ready to choose. The conditions of the theme block name the keys `predicted_ltv`,
 * `churn_probability` and `ltv_tier`.
 */
import type { MappingDocument } from './document.ts'
import type { PredictionField } from './mapping.ts'

const plain = {
  namespace: 'klaviyo',
  derive: { kind: 'none' },
  decimals: null,
  whenEmpty: 'leave',
  gate: { kind: 'any' },
  isPinned: false,
} as const satisfies Partial<MappingDocument>

const predicted = (field: PredictionField) => ({ kind: 'prediction', field }) as const

export const presets: readonly MappingDocument[] = [
  {
    ...plain,
    source: predicted('predicted_clv'),
    key: 'predicted_ltv',
    type: 'number_decimal',
    decimals: 2,
    name: 'Predicted lifetime value',
    description: 'What Klaviyo expects the customer to spend within a year.',
  },
  {
    ...plain,
    source: predicted('churn_probability'),
    key: 'churn_probability',
    type: 'number_decimal',
    decimals: 2,
    name: 'Churn risk',
    description: 'From 0 to 1: how likely the customer will not order again.',
  },
  {
    ...plain,
    source: predicted('predicted_clv'),
    key: 'ltv_tier',
    type: 'single_line_text_field',
    derive: {
      kind: 'bands',
      bands: [
        { below: 100, label: 'low' },
        { below: 500, label: 'medium' },
        { below: null, label: 'high' },
      ],
    },
    name: 'Lifetime value tier',
    description: 'Low, medium or high, by the predicted lifetime value.',
  },
  {
    ...plain,
    source: predicted('total_clv'),
    key: 'total_ltv',
    type: 'number_decimal',
    decimals: 2,
    name: 'Total lifetime value',
    description: 'What the customer spent and is expected to spend.',
  },
  {
    ...plain,
    source: predicted('churn_probability'),
    key: 'churn_tier',
    type: 'single_line_text_field',
    derive: {
      kind: 'bands',
      bands: [
        { below: 0.33, label: 'low' },
        { below: 0.66, label: 'medium' },
        { below: null, label: 'high' },
      ],
    },
    name: 'Churn risk tier',
    description: 'Low, medium or high, by the churn risk.',
  },
  {
    ...plain,
    source: predicted('expected_date_of_next_order'),
    key: 'next_order_date',
    type: 'date_time',
    name: 'Expected date of next order',
    description: 'When Klaviyo expects the next order.',
  },
  {
    ...plain,
    source: predicted('predicted_number_of_orders'),
    key: 'predicted_orders',
    type: 'number_decimal',
    decimals: 1,
    name: 'Predicted number of orders',
    description: 'How many orders Klaviyo expects within a year.',
  },
  {
    ...plain,
    source: predicted('average_order_value'),
    key: 'average_order_value',
    type: 'number_decimal',
    decimals: 2,
    name: 'Average order value',
    description: 'What the customer spends on an order.',
  },
  {
    ...plain,
    source: predicted('average_days_between_orders'),
    key: 'days_between_orders',
    type: 'number_integer',
    decimals: 0,
    name: 'Days between orders',
    description: 'How many days lie between orders on average.',
  },
  {
    ...plain,
    source: predicted('ranked_channel_affinity'),
    key: 'preferred_channels',
    type: 'list.single_line_text_field',
    name: 'Preferred channels',
    description: 'The channels that work best, the best first.',
  },
]
