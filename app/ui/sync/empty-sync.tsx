import type { useFetcher } from '@remix-run/react'
import {
  BlockStack,
  Button,
  Card,
  Checkbox,
  InlineGrid,
  InlineStack,
  Link,
  Text,
} from '@shopify/polaris'
import { useState } from 'react'
import { nameOf } from '../../sync/mapping.ts'
import { presets } from '../../sync/presets.ts'
import { errorAt } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { ProblemBanner } from '../problem-banner.tsx'

/** Those that the theme block knows by name. */
const recommended = ['klaviyo.predicted_ltv', 'klaviyo.churn_probability', 'klaviyo.ltv_tier']

interface EmptySyncProps {
  adding: ReturnType<typeof useFetcher<Answer>>
}

/** What the sync is good for, and the first mappings one click away. */
export function EmptySync({ adding }: EmptySyncProps) {
  const [chosen, setChosen] = useState(recommended)
  const answer = adding.state === 'idle' ? adding.data : undefined
  const problem = answer?.ok === false ? answer.problem : undefined
  const choose = (name: string, isChosen: boolean) =>
    setChosen(isChosen ? [...chosen, name] : chosen.filter((each) => each !== name))
  const add = () => {
    const form = new FormData()
    form.set('intent', 'presets')
    for (const name of chosen) form.append('preset', name)
    adding.submit(form, { method: 'post', action: '/app/sync?index' })
  }
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="200">
          <Text as="h2" variant="headingLg">
            Let your store know what Klaviyo predicts
          </Text>
          <Text as="p">
            Klaviyo knows who will buy again and who is about to leave. The sync writes it every
            night into metafields of your Shopify customers, where your theme, your segments and
            Shopify Flow can use it: free shipping for the best, a second chance for those at risk,
            no discount for those who buy anyway.
          </Text>
        </BlockStack>
        {problem ? <ProblemBanner title="Nothing was added" problem={problem} /> : null}
        <fieldset style={{ margin: 0, padding: 0, border: 0 }}>
          <BlockStack gap="200">
            <legend style={{ padding: 0 }}>
              <Text as="span" variant="headingSm">
                Start with
              </Text>
            </legend>
            <InlineGrid columns={{ xs: 1, md: 2 }} gap="200">
              {presets.map((preset) => (
                <Checkbox
                  key={nameOf(preset)}
                  label={preset.name}
                  helpText={preset.description}
                  checked={chosen.includes(nameOf(preset))}
                  onChange={(isChosen) => choose(nameOf(preset), isChosen)}
                  error={
                    answer?.ok === false ? errorAt(answer.problems, nameOf(preset)) : undefined
                  }
                />
              ))}
            </InlineGrid>
          </BlockStack>
        </fieldset>
        <InlineStack gap="300" blockAlign="center">
          <Button
            variant="primary"
            onClick={add}
            loading={adding.state !== 'idle'}
            disabled={chosen.length === 0}
          >
            {chosen.length === 1 ? 'Add 1 mapping' : `Add ${chosen.length} mappings`}
          </Button>
          <Link url="/app/sync/mappings/new">Make your own</Link>
        </InlineStack>
        <Text as="p" tone="subdued">
          Nothing is written before you start a sync, or before the first night.
        </Text>
      </BlockStack>
    </Card>
  )
}
