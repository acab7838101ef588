import { Banner, Link } from '@shopify/polaris'
import { Time } from '../time.tsx'

interface UndoBannerProps {
  /** The run that this one takes back. */
  undoes: { id: string; createdAt: string } | null
  /** The run that takes this one back. */
  undo: { id: string; state: string; createdAt: string } | null
}

/** The way from a run to its undoing, and from there to it. */
export function UndoBanner({ undoes, undo }: UndoBannerProps) {
  if (undoes) {
    return (
      <Banner tone="info">
        This run takes back what <Link url={`/app/activity/${undoes.id}`}>the run</Link> of{' '}
        <Time at={undoes.createdAt} full /> did, as far as it is still as that run left it.
      </Banner>
    )
  }
  if (!undo) return null
  return (
    <Banner tone="info">
      {undo.state === 'waiting' ? 'This run is being undone since ' : 'This run was undone on '}
      <Time at={undo.createdAt} full />.{' '}
      <Link url={`/app/activity/${undo.id}`}>Show what was taken back</Link>
    </Banner>
  )
}
