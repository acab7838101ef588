import { useFetcher } from '@remix-run/react'
import { BlockStack, Button, Divider, InlineStack, Text } from '@shopify/polaris'
import { Fragment } from 'react'
import type { ReactNode } from 'react'
import { searchOf } from '../activity/filter.ts'
import type { RunFilter } from '../activity/filter.ts'
import type { Problem } from '../problem.ts'
import type { Answer } from './answer.ts'
import { causeText, whyNotAgain } from './causes.ts'
import type { Broken } from './causes.ts'
import { useToldAnswer } from './use-answer.ts'

interface FailureGroupsProps {
  groups: { problem: Problem; runs: number; events: number }[]
  /** What the groups were taken from; each is shown and run again within it. */
  filter: Partial<RunFilter>
  broken: Broken
}

/** Failed runs by cause: what happened, what to do, and one button once that is done. */
export function FailureGroups({ groups, filter, broken }: FailureGroupsProps) {
  const again = useFetcher<Answer>()
  useToldAnswer(again.data)
  const searchFor = ({ code, what }: Problem) =>
    searchOf({ ...filter, outcome: 'failed', problem: code, what })
  const run = (problem: Problem) =>
    again.submit(
      { intent: 'run-all-again' },
      { method: 'post', action: `/app/activity${searchFor(problem)}&index` },
    )
  return groups.map(({ problem, ...counts }, index) => {
    const cause = causeText(problem, counts)
    const whyNot = whyNotAgain(problem, broken)
    return (
      <Fragment key={`${problem.code} ${problem.what}`}>
        {index > 0 ? <Divider /> : null}
        <Cause cause={cause} remedy={problem.remedy} whyNot={whyNot}>
          <Button
            url={`/app/activity${searchFor(problem)}`}
            accessibilityLabel={`Show the runs that failed: ${cause}`}
          >
            Show
          </Button>
          <Button
            onClick={() => run(problem)}
            disabled={whyNot !== null}
            loading={again.state !== 'idle' && again.formAction?.includes(searchFor(problem))}
            accessibilityLabel={`Run these again: ${cause}`}
          >
            Run these again
          </Button>
        </Cause>
      </Fragment>
    )
  })
}

interface CauseProps {
  cause: string
  remedy: string
  /** Why it can't be run again now, or null. */
  whyNot: string | null
  children: ReactNode
}

/** One cause with what to do about it. */
export function Cause({ cause, remedy, whyNot, children }: CauseProps) {
  return (
    <InlineStack align="space-between" blockAlign="start" gap="300">
      <div style={{ flex: '1 1 260px', maxWidth: 640 }}>
        <BlockStack gap="100">
          <Text as="p" fontWeight="medium" breakWord>
            {cause}
          </Text>
          <Text as="p" tone="subdued" breakWord>
            {remedy}
          </Text>
          {whyNot ? (
            <Text as="p" tone="caution">
              {whyNot}
            </Text>
          ) : null}
        </BlockStack>
      </div>
      <InlineStack gap="200">{children}</InlineStack>
    </InlineStack>
  )
}
