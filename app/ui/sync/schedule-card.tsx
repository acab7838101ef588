import { useFetcher } from '@remix-run/react'
import { BlockStack, Card, Checkbox, Select, Text } from '@shopify/polaris'
import type { Answer } from '../answer.ts'
import { fieldOf } from '../form.ts'
import { Time } from '../time.tsx'
import { useAnswer } from '../use-answer.ts'
import type { ScheduleShown } from './views.ts'

const clock = (hour: number) => `${String(hour % 24).padStart(2, '0')}:00`

const hours = Array.from({ length: 24 }, (_, hour) => ({
  value: String(hour),
  label: `${clock(hour)} to ${clock(hour + 1)}`,
}))

interface ScheduleCardProps {
  schedule: ScheduleShown
  /** A sync is, and keeps the next one waiting. */
  isPaused: boolean
}

/** When the sync runs by itself. Saved at once: nothing is lost by a wrong hour. */
export function ScheduleCard({ schedule, isPaused }: ScheduleCardProps) {
  const saving = useFetcher<Answer>()
  useAnswer(saving.data)
  const asked = saving.formData
  const isOn = asked ? fieldOf(asked, 'isOn') === 'true' : schedule.isOn
  const hour = asked ? fieldOf(asked, 'hour') : String(schedule.hour)
  const save = (next: { isOn: boolean; hour: string }) =>
    saving.submit(
      { intent: 'schedule', isOn: String(next.isOn), hour: next.hour },
      { method: 'post', action: '/app/sync?index' },
    )
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          Every night
        </Text>
        <Checkbox
          label="Sync by itself"
          checked={isOn}
          onChange={(checked) => save({ isOn: checked, hour })}
        />
        <Select
          label="Starts between"
          options={hours}
          value={hour}
          onChange={(value) => save({ isOn, hour: value })}
          disabled={!isOn}
          helpText={`By your store’s clock: ${schedule.timeZone}.`}
        />
        <Text as="p" tone="subdued">
          {schedule.nextAt && isPaused ? (
            'The next sync waits until the paused one is resumed or canceled.'
          ) : schedule.nextAt ? (
            <>
              Next sync: <Time at={schedule.nextAt} />.
            </>
          ) : (
            'No sync is planned.'
          )}
        </Text>
      </BlockStack>
    </Card>
  )
}
