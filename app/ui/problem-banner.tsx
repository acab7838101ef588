import { Banner, BlockStack, Text } from '@shopify/polaris'
import type { BannerProps } from '@shopify/polaris'
import type { Problem } from '../problem.ts'

interface ProblemBannerProps {
  problem: Pick<Problem, 'what' | 'remedy'>
  title: string
  tone?: 'critical' | 'warning'
  action?: BannerProps['action']
}

/** What went wrong and what to do about it. Stays until it is mended. */
export function ProblemBanner({ problem, title, tone = 'critical', action }: ProblemBannerProps) {
  return (
    <Banner title={title} tone={tone} {...(action ? { action } : {})}>
      <BlockStack gap="100">
        <Text as="p">{problem.what}</Text>
        <Text as="p">{problem.remedy}</Text>
      </BlockStack>
    </Banner>
  )
}
