/** What the stand-in for App Bridge, inside the app's frame, and the admin around it tell each other. */

export interface NavItem {
  label: string
  href: string
}

/** A button or link of the app that the admin shows in its own bars. */
export interface Control {
  key: string
  label: string
  isPrimary: boolean
  isDisabled: boolean
  isCritical: boolean
}

/** A product or collection, as far as the sandbox knows any. */
export interface Picked {
  id: string
  title: string
}

export interface ScopesDetail {
  granted: string[]
  required: string[]
  optional: string[]
}

/** `isGiven` = the merchant consented, or there was nothing to consent to. */
export type ScopesAnswer =
  { ok: true; isGiven: boolean; detail: ScopesDetail } | { ok: false; why: string }

export type ToAdmin =
  | { type: 'token'; id: number }
  | { type: 'location'; path: string }
  | { type: 'nav'; items: NavItem[] }
  | { type: 'title-bar'; title: string; controls: Control[] }
  | { type: 'save-bar'; controls: Control[] | null }
  | {
      type: 'toast'
      id: number
      text: string
      isError: boolean
      durationMs: number
      action: string | null
    }
  | { type: 'hide-toast'; id: number }
  | { type: 'loading'; isLoading: boolean }
  | { type: 'leave'; id: number }
  | {
      type: 'pick'
      id: number
      resource: 'collection' | 'product'
      isMultiple: boolean
      selected: string[]
    }
  | { type: 'scopes'; id: number; does: 'query' | 'request' | 'revoke'; scopes: string[] }
  | { type: 'open'; url: string; isNewTab: boolean }

export type ToApp =
  | { type: 'token'; id: number; token: string }
  | { type: 'navigate'; path: string }
  | { type: 'press'; key: string }
  | { type: 'toast-action'; id: number }
  | { type: 'toast-gone'; id: number }
  | { type: 'leave'; id: number }
  /** Null = cancelled. */
  | { type: 'picked'; id: number; resources: Picked[] | null }
  | { type: 'scopes'; id: number; answer: ScopesAnswer }

/** Marks a message as the sandbox's own among whatever else is posted to a window. */
export type Sealed<T> = T & { sandbox: 'app-bridge' }
