import { useFetcher } from '@remix-run/react'
import {
  Autocomplete,
  BlockStack,
  Button,
  Card,
  Icon,
  InlineStack,
  Select,
  Text,
  TextField,
} from '@shopify/polaris'
import { SearchIcon } from '@shopify/polaris-icons'
import { useEffect, useState } from 'react'
import type { loader } from '../../routes/app.sync.segments.ts'
import { errorAt } from '../answer.ts'
import type { Answer } from '../answer.ts'
import { ProblemBanner } from '../problem-banner.tsx'
import { useAnswer } from '../use-answer.ts'

interface Named {
  id: string
  name: string
}

interface StartCardProps {
  /** Those that are on. */
  mappings: Named[]
}

const kinds = [
  { value: 'all', label: 'Every customer' },
  { value: 'mapping', label: 'One mapping, for every customer' },
  { value: 'segment', label: 'The customers of a segment' },
  { value: 'customer', label: 'One customer' },
]

/** Starts a sync by hand: whom it is about, for real or only to see what would change. */
export function StartCard({ mappings }: StartCardProps) {
  const starting = useFetcher<Answer>()
  useAnswer(starting.data)
  const [kind, setKind] = useState('all')
  const [mappingId, setMappingId] = useState('')
  const [segment, setSegment] = useState<Named>({ id: '', name: '' })
  const [email, setEmail] = useState('')
  const answer = starting.state === 'idle' ? starting.data : undefined
  const problems = answer?.ok === false ? answer.problems : []
  const problem = answer?.ok === false ? answer.problem : undefined
  const chosenMapping = mappingId || mappings[0]?.id || ''
  const start = (isDry: boolean) =>
    starting.submit(
      {
        intent: 'start',
        kind,
        isDry: String(isDry),
        mappingId: chosenMapping,
        segmentId: segment.id,
        segmentName: segment.name,
        email,
      },
      { method: 'post', action: '/app/sync?index' },
    )
  const isBusy = starting.state !== 'idle'
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="100">
          <Text as="h2" variant="headingMd">
            Sync now
          </Text>
          <Text as="p" tone="subdued">
            Reads Klaviyo and writes what changed. A dry run only shows what would change.
          </Text>
        </BlockStack>
        {problem ? <ProblemBanner title="It did not start" problem={problem} /> : null}
        <Select label="Whom" options={kinds} value={kind} onChange={setKind} />
        {kind === 'mapping' ? (
          <Select
            label="Mapping"
            options={mappings.map(({ id, name }) => ({ value: id, label: name }))}
            value={chosenMapping}
            onChange={setMappingId}
            error={errorAt(problems, 'mappingId')}
          />
        ) : null}
        {kind === 'segment' ? (
          <SegmentPicker
            value={segment}
            onChange={setSegment}
            error={errorAt(problems, 'segmentId')}
          />
        ) : null}
        {kind === 'customer' ? (
          <TextField
            label="E-mail address"
            type="email"
            value={email}
            onChange={setEmail}
            autoComplete="off"
            placeholder="ada@example.com"
            error={errorAt(problems, 'email')}
          />
        ) : null}
        <InlineStack gap="200">
          <Button
            variant="primary"
            onClick={() => start(false)}
            disabled={isBusy || mappings.length === 0}
          >
            Sync now
          </Button>
          <Button onClick={() => start(true)} disabled={isBusy || mappings.length === 0}>
            Dry run
          </Button>
        </InlineStack>
        {mappings.length === 0 ? (
          <Text as="p" tone="subdued">
            Switch a mapping on first.
          </Text>
        ) : null}
      </BlockStack>
    </Card>
  )
}

interface SegmentPickerProps {
  value: Named
  onChange: (segment: Named) => void
  error: string | undefined
}

/** Klaviyo is asked once somebody wants a segment, not before. */
function SegmentPicker({ value, onChange, error }: SegmentPickerProps) {
  const { data, load } = useFetcher<typeof loader>({ key: 'segments' })
  const [typed, setTyped] = useState(value.name)
  useEffect(() => {
    if (!data) load('/app/sync/segments')
  }, [data, load])
  if (data && !data.ok) {
    return <ProblemBanner title="Segments could not be read" problem={data.problem} />
  }
  const wanted = typed === value.name ? '' : typed.trim().toLowerCase()
  const segments = data?.segments ?? []
  const found = segments.filter(({ name }) => name.toLowerCase().includes(wanted))
  const type = (text: string) => {
    setTyped(text)
    onChange({ id: '', name: '' })
  }
  const pick = ([id]: string[]) => {
    const segment = segments.find((each) => each.id === id)
    if (!segment) return
    setTyped(segment.name)
    onChange(segment)
  }
  return (
    <Autocomplete
      options={found.slice(0, 100).map(({ id, name }) => ({ value: id, label: name }))}
      selected={value.id ? [value.id] : []}
      onSelect={pick}
      loading={!data}
      emptyState={data ? 'Klaviyo has no segment by this name.' : null}
      textField={
        <Autocomplete.TextField
          label="Segment"
          value={typed}
          onChange={type}
          autoComplete="off"
          placeholder="Search your segments"
          prefix={<Icon source={SearchIcon} />}
          {...(error ? { error } : {})}
        />
      }
    />
  )
}
