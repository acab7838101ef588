import { Card, DataTable, Link } from '@shopify/polaris'
import { moneyText } from './money.ts'

interface CodeRulesProps {
  rules: {
    ruleId: string
    ruleName: string
    made: number
    live: number
    used: number
    revenue: { amount: string; currency: string }[]
  }[]
}

/** What each rule's codes brought. */
export function CodeRules({ rules }: CodeRulesProps) {
  return (
    <Card padding="0">
      <DataTable
        columnContentTypes={['text', 'numeric', 'numeric', 'numeric', 'numeric']}
        headings={['Rule', 'Made', 'Live', 'Used', 'Revenue of their orders']}
        rows={rules.map(({ ruleId, ruleName, made, live, used, revenue }) => [
          <Link key="rule" url={`/app/rules/${ruleId}`} removeUnderline>
            {ruleName}
          </Link>,
          made.toLocaleString('en-US'),
          live.toLocaleString('en-US'),
          `${used.toLocaleString('en-US')} (${share(used, made)})`,
          moneyText(revenue),
        ])}
      />
    </Card>
  )
}

const share = (part: number, whole: number) =>
  new Intl.NumberFormat('en-US', { style: 'percent' }).format(whole > 0 ? part / whole : 0)
