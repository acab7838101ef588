import { useBreakpoints } from '@shopify/polaris'
import { createContext, useContext } from 'react'

/** What all screens know of the store and the device. */
export interface Store {
  /** IANA. Times on screen are the store's, on the server and in any browser. */
  timeZone: string
  /** ISO 4217; empty until Shopify told. */
  currency: string
  /** The server's guess, so that a phone's first picture needs no second one. */
  isPhone: boolean
}

const StoreContext = createContext<Store>({ timeZone: 'UTC', currency: '', isPhone: false })

export const StoreProvider = StoreContext.Provider

export const useStore = (): Store => useContext(StoreContext)

/** Whether there is room for a column of a phone only. */
export function usePhone(): boolean {
  const { isPhone } = useStore()
  const { smDown } = useBreakpoints({ defaults: { smDown: isPhone } })
  return smDown
}
