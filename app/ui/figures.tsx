import { BlockStack, Box, Card, InlineGrid, InlineStack, Link, Text } from '@shopify/polaris'
import { Inset } from './inset.tsx'

interface Day {
  /** `2026-03-14` */
  day: string
  received: number
  acted: number
  skipped: number
  failed: number
  shadow: number
}

type Figure = 'received' | 'acted' | 'skipped' | 'failed'

const shown = [
  { figure: 'received', label: 'Events received', url: '/app/activity' },
  { figure: 'acted', label: 'Rules acted', url: '/app/activity?outcome=done' },
  { figure: 'skipped', label: 'Rules skipped', url: '/app/activity?outcome=skipped' },
  { figure: 'failed', label: 'Rules failed', url: '/app/activity?outcome=failed' },
] as const satisfies { figure: Figure; label: string; url: string }[]

/** The last days in numbers, each with its course. */
export function Figures({ days }: { days: Day[] }) {
  const from = days[0]?.day
  const shadow = total(days, 'shadow')
  return (
    <BlockStack gap="300">
      <Inset>
        <InlineStack align="space-between" blockAlign="baseline">
          <Text as="h2" variant="headingMd">
            {`Last ${days.length} days`}
          </Text>
          {shadow > 0 ? (
            <Link url="/app/activity?outcome=shadow" removeUnderline>
              {`${count(shadow)} more in shadow mode`}
            </Link>
          ) : null}
        </InlineStack>
      </Inset>
      <InlineGrid columns={{ xs: 2, md: 4 }} gap="300">
        {shown.map(({ figure, label, url }) => (
          <Card key={figure}>
            <BlockStack gap="200">
              <Link
                url={from ? `${url}${url.includes('?') ? '&' : '?'}from=${from}` : url}
                removeUnderline
                monochrome
              >
                <Text as="h3" variant="bodySm" tone="subdued">
                  {label}
                </Text>
              </Link>
              <Text
                as="p"
                variant="headingLg"
                {...(figure === 'failed' && total(days, figure) > 0
                  ? { tone: 'critical' as const }
                  : {})}
              >
                {count(total(days, figure))}
              </Text>
              <Course days={days} figure={figure} label={label} />
            </BlockStack>
          </Card>
        ))}
      </InlineGrid>
    </BlockStack>
  )
}

const total = (days: Day[], figure: Figure | 'shadow') =>
  days.reduce((sum, day) => sum + day[figure], 0)

const count = (value: number) => value.toLocaleString('en-US')

/** One bar a day. The table behind it is for screen readers. */
function Course({ days, figure, label }: { days: Day[]; figure: Figure; label: string }) {
  const highest = Math.max(1, ...days.map((day) => day[figure]))
  const color =
    figure === 'failed' ? 'var(--p-color-bg-fill-critical)' : 'var(--p-color-bg-fill-info)'
  return (
    <>
      <div
        aria-hidden="true"
        style={{ display: 'flex', alignItems: 'flex-end', gap: 3, height: 32 }}
      >
        {days.map((day) => (
          <div
            key={day.day}
            title={`${dayName(day.day)}: ${count(day[figure])}`}
            style={{
              flex: 1,
              height: day[figure] === 0 ? 2 : Math.max(4, (32 * day[figure]) / highest),
              borderRadius: 2,
              background: day[figure] === 0 ? 'var(--p-color-border-secondary)' : color,
            }}
          />
        ))}
      </div>
      <Box visuallyHidden>
        <table>
          <caption>{`${label} a day`}</caption>
          <tbody>
            {days.map((day) => (
              <tr key={day.day}>
                <th scope="row">{dayName(day.day)}</th>
                <td>{count(day[figure])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Box>
    </>
  )
}

const dayName = (day: string) =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: 'UTC',
    weekday: 'short',
    month: 'short',
    day: 'numeric',
  }).format(new Date(`${day}T00:00:00Z`))
