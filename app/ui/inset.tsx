import { Box } from '@shopify/polaris'
import type { ReactNode } from 'react'

/** Text between cards. On a phone cards reach the edges of the screen, and text must not. */
export function Inset({ children }: { children: ReactNode }) {
  return <Box paddingInline={{ xs: '400', sm: '0' }}>{children}</Box>
}
