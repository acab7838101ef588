import { Card, Select } from '@shopify/polaris'
import { useState } from 'react'
import type { MappingDocument } from '../../sync/document.ts'
import { nameOf } from '../../sync/mapping.ts'
import { presets } from '../../sync/presets.ts'
import type { MappingShown } from './views.ts'

interface PresetCardProps {
  taken: MappingShown['document'][]
  onChoose: (preset: MappingDocument) => void
}

const own = 'own'

/** Fills the editor with a ready mapping that the store does not have yet. */
export function PresetCard({ taken, onChoose }: PresetCardProps) {
  const [chosen, setChosen] = useState(own)
  const names = taken.map(nameOf)
  const left = presets.filter((preset) => !names.includes(nameOf(preset)))
  if (left.length === 0) return null
  const choose = (name: string) => {
    setChosen(name)
    const preset = left.find((each) => nameOf(each) === name)
    if (preset) onChoose(preset)
  }
  return (
    <Card>
      <Select
        label="Start from"
        options={[
          { value: own, label: 'A mapping of my own' },
          ...left.map((preset) => ({
            value: nameOf(preset),
            label: `${preset.name} (${nameOf(preset)})`,
          })),
        ]}
        value={chosen}
        onChange={choose}
      />
    </Card>
  )
}
