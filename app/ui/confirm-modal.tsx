import { Modal, TitleBar } from '@shopify/app-bridge-react'
import { Box, Text } from '@shopify/polaris'
import type { ReactNode } from 'react'

interface ConfirmModalProps {
  id: string
  open: boolean
  title: string
  /** The verb of what will happen: "Delete". */
  confirm: string
  /** What leaves all as it is. */
  dismiss?: string
  onConfirm: () => void
  onClose: () => void
  children: ReactNode
}

/** Asks before something that can't be taken back. */
export function ConfirmModal(props: ConfirmModalProps) {
  const { id, open, title, confirm, dismiss = 'Cancel', onConfirm, onClose, children } = props
  return (
    <Modal id={id} variant="base" open={open} onHide={onClose}>
      <Box padding="400">
        <Text as="p">{children}</Text>
      </Box>
      <TitleBar title={title}>
        <button
          variant="primary"
          tone="critical"
          onClick={() => {
            onConfirm()
            onClose()
          }}
        >
          {confirm}
        </button>
        <button onClick={onClose}>{dismiss}</button>
      </TitleBar>
    </Modal>
  )
}
