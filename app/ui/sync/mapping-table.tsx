import { useFetcher } from '@remix-run/react'
import { useAppBridge } from '@shopify/app-bridge-react'
import {
  BlockStack,
  Box,
  Button,
  Card,
  Checkbox,
  IndexTable,
  InlineStack,
  Link,
  Text,
} from '@shopify/polaris'
import { ClipboardIcon } from '@shopify/polaris-icons'
import { nameOf, predictions } from '../../sync/mapping.ts'
import { liquidOf } from '../../sync/theme.ts'
import type { Answer } from '../answer.ts'
import { usePhone } from '../store.tsx'
import { useToldAnswer } from '../use-answer.ts'
import { SamplePicker } from './sample-picker.tsx'
import { useSampleOf, valueText } from './use-sample.ts'
import type { SampleShown } from './use-sample.ts'
import type { MappingShown } from './views.ts'

interface RowProps {
  mapping: MappingShown
  sample: SampleShown | undefined
}

interface MappingTableProps {
  mappings: MappingShown[]
  /** Id of the last sync that is over: after it metafields may hold something else. */
  lastSync: string
}

/** The mappings, and beside them what they give for a sample customer. */
export function MappingTable({ mappings, lastSync }: MappingTableProps) {
  const isPhone = usePhone()
  const { askFor, isBusy, outcome, sample } = useSampleOf('', lastSync)
  return (
    <Card padding="0">
      <Box padding="400">
        <BlockStack gap="300">
          <Text as="h2" variant="headingMd">
            Mappings
          </Text>
          <SamplePicker
            sample={sample}
            problem={outcome?.ok === false ? outcome.problem : undefined}
            isBusy={isBusy}
            onAsk={askFor}
          />
        </BlockStack>
      </Box>
      <IndexTable
        resourceName={{ singular: 'mapping', plural: 'mappings' }}
        itemCount={mappings.length}
        condensed={isPhone}
        selectable={false}
        headings={[
          { title: 'On' },
          { title: 'Metafield' },
          { title: 'From' },
          { title: 'Klaviyo has' },
          { title: 'The metafield gets' },
          { title: 'It holds now' },
          { title: 'Liquid', hidden: true },
        ]}
      >
        {mappings.map((mapping, index) => (
          <IndexTable.Row key={mapping.id} id={mapping.id} position={index}>
            {isPhone ? (
              <PhoneCells mapping={mapping} sample={sample} />
            ) : (
              <Cells mapping={mapping} sample={sample} />
            )}
          </IndexTable.Row>
        ))}
      </IndexTable>
    </Card>
  )
}

export function sourceText({ source, derive }: MappingShown['document']): string {
  const from =
    source.kind === 'property'
      ? source.key
      : predictions.find(({ field }) => field === source.field)?.name
  const how = { none: '', bands: ', in bands', liquid: ', by template' }[derive.kind]
  return `${from ?? ''}${how}`
}

const valueOf = ({ mapping, sample }: RowProps) =>
  sample?.values.find(({ metafield }) => metafield === nameOf(mapping.document))

function Cells({ mapping, sample }: RowProps) {
  const { document } = mapping
  const value = valueOf({ mapping, sample })
  return (
    <>
      <IndexTable.Cell>
        <Switch mapping={mapping} />
      </IndexTable.Cell>
      <IndexTable.Cell>
        <BlockStack gap="050">
          <MappingLink mapping={mapping} />
          <Text as="span" variant="bodySm" tone="subdued">
            {nameOf(document)}
          </Text>
        </BlockStack>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Cut text={sourceText(document)} />
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Cut text={value ? valueText(value.source) : ''} />
      </IndexTable.Cell>
      <IndexTable.Cell>
        {value?.problem ? (
          <Text as="span" tone="critical" variant="bodySm">
            Does not fit
          </Text>
        ) : (
          <Cut text={value ? valueText(value.value) : ''} isStrong />
        )}
      </IndexTable.Cell>
      <IndexTable.Cell>
        <Cut text={value ? valueText(value.current) : ''} />
      </IndexTable.Cell>
      <IndexTable.Cell>
        <CopyLiquid mapping={mapping} />
      </IndexTable.Cell>
    </>
  )
}

function Cut({ text, isStrong = false }: { text: string; isStrong?: boolean }) {
  return (
    <div style={{ maxWidth: 230 }} title={text}>
      <Text as="span" truncate {...(isStrong ? { fontWeight: 'semibold' as const } : {})}>
        {text}
      </Text>
    </div>
  )
}

function PhoneCells({ mapping, sample }: RowProps) {
  const value = valueOf({ mapping, sample })
  return (
    <Box padding="300" width="100%">
      <InlineStack gap="300" wrap={false} blockAlign="start" align="space-between">
        <BlockStack gap="050">
          <MappingLink mapping={mapping} />
          <Text as="span" variant="bodySm" tone="subdued" breakWord>
            {nameOf(mapping.document)}
          </Text>
          {value ? (
            <Text as="span" variant="bodySm" breakWord>
              {value.problem
                ? 'What Klaviyo has does not fit'
                : `Gets ${valueText(value.value)}, holds ${valueText(value.current)}`}
            </Text>
          ) : null}
        </BlockStack>
        <InlineStack gap="100" wrap={false} blockAlign="center">
          <CopyLiquid mapping={mapping} />
          <Switch mapping={mapping} />
        </InlineStack>
      </InlineStack>
    </Box>
  )
}

function MappingLink({ mapping }: Pick<RowProps, 'mapping'>) {
  return (
    <Link url={`/app/sync/mappings/${mapping.id}`} dataPrimaryLink removeUnderline monochrome>
      <Text as="span" fontWeight="semibold" breakWord>
        {mapping.document.name}
      </Text>
    </Link>
  )
}

function Switch({ mapping: { id, document, isEnabled } }: Pick<RowProps, 'mapping'>) {
  const switching = useFetcher<Answer>()
  useToldAnswer(switching.data)
  const asked = switching.formData?.get('isOn')
  const change = (isOn: boolean) =>
    switching.submit(
      { intent: 'switch', id, isOn: String(isOn) },
      { method: 'post', action: '/app/sync?index' },
    )
  return (
    <Checkbox
      label={`Sync ${document.name}`}
      labelHidden
      checked={asked === undefined ? isEnabled : asked === 'true'}
      onChange={change}
    />
  )
}

function CopyLiquid({ mapping: { document } }: Pick<RowProps, 'mapping'>) {
  const bridge = useAppBridge()
  const copy = () => {
    navigator.clipboard.writeText(liquidOf(document)).then(
      () => bridge.toast.show('Liquid copied'),
      () => bridge.toast.show('The browser did not allow copying.', { isError: true }),
    )
  }
  return (
    <Button
      icon={ClipboardIcon}
      variant="tertiary"
      onClick={copy}
      accessibilityLabel={`Copy the Liquid of ${document.name}`}
    />
  )
}
