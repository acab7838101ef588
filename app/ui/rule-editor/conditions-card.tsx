import {
  BlockStack,
  Box,
  Button,
  ButtonGroup,
  Card,
  InlineError,
  InlineGrid,
  InlineStack,
  Select,
  Text,
  TextField,
} from '@shopify/polaris'
import { DeleteIcon } from '@shopify/polaris-icons'
import type { FieldProblem } from '../../problem.ts'
import { operatorsOf } from '../../rules/conditions.ts'
import { errorAt, problemsUnder } from '../answer.ts'
import { blankGroup, blankTest } from './draft.ts'
import type { GroupDraft, TestDraft } from './draft.ts'

/** As deep as a rule may nest. */
const deepest = 5

interface ConditionsCardProps {
  conditions: GroupDraft
  onChange: (conditions: GroupDraft) => void
  /** Fields relative to the conditions. */
  problems: FieldProblem[]
  error: string | undefined
}

export function ConditionsCard({ conditions, onChange, problems, error }: ConditionsCardProps) {
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="100">
          <Text as="h2" variant="headingMd">
            If
          </Text>
          {conditions.items.length === 0 ? (
            <Text as="p" tone="subdued">
              No conditions: every event that fits the trigger goes ahead.
            </Text>
          ) : null}
        </BlockStack>
        {error ? <InlineError message={error} fieldID="conditions" /> : null}
        <GroupFields group={conditions} onChange={onChange} problems={problems} depth={1} />
      </BlockStack>
    </Card>
  )
}

interface GroupFieldsProps {
  group: GroupDraft
  onChange: (group: GroupDraft) => void
  problems: FieldProblem[]
  depth: number
}

function GroupFields({ group, onChange, problems, depth }: GroupFieldsProps) {
  const { items, match } = group
  const setItems = (next: GroupDraft['items']) => onChange({ ...group, items: next })
  const replace = (item: GroupDraft | TestDraft) =>
    setItems(items.map((each) => (each.id === item.id ? item : each)))
  const remove = (id: string) => setItems(items.filter((each) => each.id !== id))
  return (
    <BlockStack gap="300">
      {items.length > 0 ? (
        <Select
          label="The rule goes ahead if"
          labelHidden={depth > 1}
          options={[
            { value: 'all', label: 'All of these hold' },
            { value: 'any', label: 'Any of these holds' },
          ]}
          value={match}
          onChange={(value) => onChange({ ...group, match: value === 'any' ? 'any' : 'all' })}
        />
      ) : null}
      {items.map((item, index) => (
        <Box key={item.id} padding="300" borderWidth="025" borderColor="border" borderRadius="200">
          {item.kind === 'group' ? (
            <BlockStack gap="300">
              <InlineStack align="space-between" blockAlign="center">
                <Text as="h3" fontWeight="medium">
                  Group
                </Text>
                <Button
                  icon={DeleteIcon}
                  variant="tertiary"
                  accessibilityLabel="Remove this group"
                  onClick={() => remove(item.id)}
                />
              </InlineStack>
              <GroupFields
                group={item}
                onChange={replace}
                problems={problemsUnder(problems, `items.${index}`)}
                depth={depth + 1}
              />
            </BlockStack>
          ) : (
            <TestFields
              test={item}
              onChange={replace}
              onRemove={() => remove(item.id)}
              problems={problemsUnder(problems, `items.${index}`)}
              error={errorAt(problems, `items.${index}`)}
            />
          )}
        </Box>
      ))}
      <ButtonGroup>
        <Button onClick={() => setItems([...items, blankTest()])}>Add condition</Button>
        {depth < deepest ? (
          <Button
            variant="tertiary"
            onClick={() =>
              setItems([
                ...items,
                { ...blankGroup(match === 'all' ? 'any' : 'all'), items: [blankTest()] },
              ])
            }
          >
            Add group
          </Button>
        ) : null}
      </ButtonGroup>
    </BlockStack>
  )
}

const types: { value: TestDraft['type']; label: string }[] = [
  { value: 'text', label: 'Text' },
  { value: 'text-list', label: 'Text, one of several' },
  { value: 'number', label: 'Number' },
  { value: 'date', label: 'Date' },
  { value: 'age', label: 'Date, days ago' },
  { value: 'boolean', label: 'Yes or no' },
  { value: 'list', label: 'List' },
  { value: 'presence', label: 'Is it there' },
]

interface TestFieldsProps {
  test: TestDraft
  onChange: (test: TestDraft) => void
  onRemove: () => void
  problems: FieldProblem[]
  error: string | undefined
}

function TestFields({ test, onChange, onRemove, problems, error }: TestFieldsProps) {
  const change = (part: Partial<TestDraft>) => onChange({ ...test, ...part })
  const setType = (text: string) => {
    const type = types.find(({ value }) => value === text)?.value ?? 'text'
    const operators = operatorsOf(type)
    const keeps = operators.some(({ value }) => value === test.operator)
    const value = type === 'boolean' ? 'true' : test.type === 'boolean' ? '' : test.value
    change({ type, value, operator: keeps ? test.operator : (operators[0]?.value ?? '') })
  }
  return (
    <BlockStack gap="200">
      <InlineGrid columns={{ xs: 1, sm: ['oneThird', 'twoThirds'] }} gap="200">
        <Select
          label="Look at"
          options={[
            { value: 'event', label: 'Event' },
            { value: 'profile', label: 'Klaviyo profile' },
          ]}
          value={test.source}
          onChange={(source) => change({ source: source === 'profile' ? 'profile' : 'event' })}
        />
        <TextField
          label="Property"
          value={test.path}
          onChange={(path) => change({ path })}
          autoComplete="off"
          placeholder={test.source === 'event' ? 'order_total' : 'loyalty_tier'}
          error={errorAt(problems, 'path')}
          connectedRight={
            <Button
              icon={DeleteIcon}
              accessibilityLabel={`Remove the condition on ${test.path || 'nothing yet'}`}
              onClick={onRemove}
            />
          }
        />
      </InlineGrid>
      <InlineGrid columns={{ xs: 1, sm: 3 }} gap="200">
        <Select label="As" options={types} value={test.type} onChange={setType} />
        <Select
          label="Test"
          options={operatorsOf(test.type)}
          value={test.operator}
          onChange={(operator) => change({ operator })}
        />
        <ValueField test={test} onChange={(value) => change({ value })} problems={problems} />
      </InlineGrid>
      {error ? <InlineError message={error} fieldID={test.id} /> : null}
    </BlockStack>
  )
}

interface ValueFieldProps {
  test: TestDraft
  onChange: (value: string) => void
  problems: FieldProblem[]
}

function ValueField({ test: { type, value }, onChange, problems }: ValueFieldProps) {
  const error = errorAt(problems, 'value') ?? problemsUnder(problems, 'value')[0]?.message
  switch (type) {
    case 'presence':
      return null
    case 'boolean':
      return (
        <Select
          label="Value"
          options={[
            { value: 'true', label: 'Yes' },
            { value: 'false', label: 'No' },
          ]}
          value={value === 'false' ? 'false' : 'true'}
          onChange={onChange}
        />
      )
    default:
      return (
        <TextField
          label={type === 'age' ? 'Days' : 'Value'}
          type={type === 'date' ? 'date' : 'text'}
          {...(type === 'number' || type === 'age' ? { inputMode: 'decimal' as const } : {})}
          value={value}
          onChange={onChange}
          autoComplete="off"
          error={error}
          {...(type === 'list' || type === 'text-list'
            ? { helpText: 'Several, separated by commas.' }
            : {})}
        />
      )
  }
}
