import { Autocomplete, Icon } from '@shopify/polaris'
import { SearchIcon } from '@shopify/polaris-icons'
import { useState } from 'react'
import type { Entry } from './catalog.tsx'
import type { Named } from './draft.ts'

interface CatalogPickerProps {
  label: string
  value: Named
  onChange: (value: Named) => void
  entries: Entry[]
  isLoading: boolean
  error: string | undefined
  helpText?: string
}

const mostShown = 100

/**
 * Picks something of the Klaviyo account by name. What is typed counts as it stands: a name or an
 * id that Klaviyo does not list, or can't be asked about just now.
 */
export function CatalogPicker(props: CatalogPickerProps) {
  const { label, value, onChange, entries, isLoading, error, helpText } = props
  const shown = value.name || value.id || ''
  const [isSearching, setSearching] = useState(false)
  const wanted = isSearching ? shown.trim().toLowerCase() : ''
  const options = entries
    .filter(
      ({ id, name }) => name.toLowerCase().includes(wanted) || id.toLowerCase().includes(wanted),
    )
    .slice(0, mostShown)
    .map(({ id, name, detail }) => ({ value: id, label: detail ? `${name} (${detail})` : name }))
  const type = (text: string) => {
    setSearching(true)
    const known = entries.filter(({ id, name }) => id === text.trim() || name === text.trim())
    const [only] = known
    onChange(
      known.length === 1 && only ? { id: only.id, name: only.name } : { id: null, name: text },
    )
  }
  const pick = ([id]: string[]) => {
    const entry = entries.find((each) => each.id === id)
    setSearching(false)
    if (entry) onChange({ id: entry.id, name: entry.name })
  }
  return (
    <Autocomplete
      options={options}
      selected={value.id ? [value.id] : []}
      onSelect={pick}
      loading={isLoading}
      emptyState={
        entries.length > 0 ? 'Klaviyo lists nothing by this name. It is used as typed.' : null
      }
      textField={
        <Autocomplete.TextField
          label={label}
          value={shown}
          onChange={type}
          autoComplete="off"
          placeholder="Search, or type a name or an id"
          prefix={<Icon source={SearchIcon} />}
          {...(error ? { error } : {})}
          helpText={value.id && value.id !== shown ? `Klaviyo id ${value.id}` : helpText}
        />
      }
    />
  )
}
