import type { PredictiveAnalytics } from './profile.ts'

/** Plausible numbers that differ from profile to profile and are the same at each start. */
export function predictions(index: number): PredictiveAnalytics {
  const orders = 1 + (index % 7)
  const average = round(38 + ((index * 17) % 90) + 0.25)
  const predicted = round(((index * 29) % 160) + 0.5)
  const historic = round(orders * average)
  return {
    historic_clv: historic,
    predicted_clv: predicted,
    total_clv: round(historic + predicted),
    historic_number_of_orders: orders,
    predicted_number_of_orders: round(predicted / average),
    average_days_between_orders: orders > 1 ? 20 + ((index * 11) % 120) : null,
    average_order_value: average,
    churn_probability: round(((index * 13) % 100) / 100),
    expected_date_of_next_order: `2026-12-${String(1 + (index % 28)).padStart(2, '0')}T00:00:00+00:00`,
    ranked_channel_affinity: index % 2 === 0 ? ['email', 'sms'] : ['sms', 'email'],
  }
}

const round = (value: number) => Math.round(value * 100) / 100
