import { useAppBridge } from '@shopify/app-bridge-react'
import { Button } from '@shopify/polaris'
import { useState } from 'react'

interface DownloadButtonProps {
  label: string
  /** Where the file is, within the app. */
  path: string
  /** What it is saved as. */
  fileName: string
}

/** A plain link would come without a session token; App Bridge adds one to what is fetched. */
export function DownloadButton({ label, path, fileName }: DownloadButtonProps) {
  const bridge = useAppBridge()
  const [isBusy, setBusy] = useState(false)
  const download = async () => {
    setBusy(true)
    try {
      const response = await fetch(path)
      if (!response.ok) throw new Error(`answered ${response.status}`)
      const link = document.createElement('a')
      link.href = URL.createObjectURL(await response.blob())
      link.download = fileName
      link.click()
      URL.revokeObjectURL(link.href)
    } catch {
      bridge.toast.show('The file could not be loaded. Try again.', { isError: true })
    }
    setBusy(false)
  }
  return (
    <Button onClick={() => void download()} loading={isBusy}>
      {label}
    </Button>
  )
}
