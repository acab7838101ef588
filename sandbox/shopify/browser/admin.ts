/** The admin around the app's frame: its bars, its address, and the session tokens the app asks for. */
import type { Control, Picked, ScopesAnswer, Sealed, ToAdmin, ToApp } from './messages.ts'

const frame = required(document.querySelector('iframe'))
const { store, appOrigin } = frame.dataset
const appRoot = `/store/${store}/apps/klaviyo-actions`
const menu = required(document.querySelector<HTMLInputElement>('#menu'))
const nav = required(document.querySelector('#app-nav'))
const titleBar = required(document.querySelector<HTMLElement>('#title-bar'))
const saveBar = required(document.querySelector<HTMLElement>('#save-bar'))
const toasts = required(document.querySelector('#toasts'))
const progress = required(document.querySelector<HTMLElement>('#progress'))
const pickDialog = required(document.querySelector<HTMLDialogElement>('#pick'))
const consentDialog = required(document.querySelector<HTMLDialogElement>('#consent'))
const leaveDialog = required(document.querySelector<HTMLDialogElement>('#leave'))

window.addEventListener('message', ({ source, origin, data }: MessageEvent<unknown>) => {
  if (source === frame.contentWindow && origin === appOrigin && isFromApp(data)) hear(data)
})

/** Clicks on the admin's own links wait while the app has unsaved changes. */
document.addEventListener('click', (event) => {
  if (event.metaKey || event.ctrlKey) return
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null
  const href = link?.getAttribute('href')
  if (!href || (saveBar.hidden && !isAppLink(href))) return
  event.preventDefault()
  confirmLeaving(() => {
    menu.checked = false
    if (isAppLink(href)) tell({ type: 'navigate', path: toAppPath(href) })
    else location.assign(href)
  })
})

function hear(message: ToAdmin): void {
  switch (message.type) {
    case 'token':
      void sendToken(message.id)
      break
    case 'location':
      showLocation(message.path)
      break
    case 'nav':
      nav.replaceChildren(...message.items.map(({ href, label }) => navLink(href, label)))
      markCurrent()
      break
    case 'title-bar':
      required(titleBar.querySelector('h1')).textContent = message.title || 'Klaviyo Actions'
      required(titleBar.querySelector('div')).replaceChildren(...message.controls.map(toButton))
      break
    case 'save-bar':
      saveBar.hidden = message.controls === null
      required(saveBar.querySelector('div')).replaceChildren(
        ...(message.controls ?? []).map(toButton),
      )
      break
    case 'toast':
      showToast(message)
      break
    case 'hide-toast':
      document.getElementById(`toast-${message.id}`)?.remove()
      break
    case 'loading':
      progress.hidden = !message.isLoading
      break
    case 'leave':
      confirmLeaving(() => tell({ type: 'leave', id: message.id }))
      break
    case 'pick':
      void pick(message)
      break
    case 'scopes':
      void answerScopes(message)
      break
    case 'open':
      if (message.isNewTab) window.open(toOuterUrl(message.url), '_blank')
      else location.assign(toOuterUrl(message.url))
  }
}

function tell(message: ToApp): void {
  const sealed: Sealed<ToApp> = { ...message, sandbox: 'app-bridge' }
  frame.contentWindow?.postMessage(sealed, appOrigin ?? '')
}

function isFromApp(data: unknown): data is Sealed<ToAdmin> {
  return typeof data === 'object' && data !== null && Reflect.get(data, 'sandbox') === 'app-bridge'
}

async function sendToken(id: number): Promise<void> {
  const response = await fetch(`/store/${store}/session-token`)
  const { token } = await response.json()
  tell({ type: 'token', id, token })
}

// Addresses: the app's /app/rules is the admin's /store/{handle}/apps/klaviyo-actions/rules

function showLocation(path: string): void {
  if (!path.startsWith('/app')) return
  const outer = appRoot + path.slice('/app'.length).replace(/^\/$/, '')
  if (!(outer === appRoot && location.pathname === `/store/${store}`)) {
    history.replaceState(null, '', outer)
  }
  markCurrent()
}

const isAppLink = (href: string) => href === appRoot || href.startsWith(`${appRoot}/`)
const toAppPath = (href: string) => `/app${href.slice(appRoot.length)}`

/** `shopify://admin/customers/1` and `https://admin.shopify.com/store/x/customers/1` in the sandbox. */
function toOuterUrl(url: string): string {
  const path = url
    .replace(/^shopify:\/*admin/i, '')
    .replace(/^https:\/\/admin\.shopify\.com\/store\/[^/]+/, '')
  return `/store/${store}${path}`
}

function navLink(href: string, label: string): HTMLAnchorElement {
  const link = document.createElement('a')
  link.href = href.replace(/^\/app/, appRoot)
  link.textContent = label
  return link
}

function markCurrent(): void {
  const links = [...nav.querySelectorAll('a')]
  const current = links.findLast(
    ({ pathname }) =>
      location.pathname === pathname || location.pathname.startsWith(`${pathname}/`),
  )
  for (const link of links) link.removeAttribute('aria-current')
  current?.setAttribute('aria-current', 'page')
}

// Bars, toasts and the question before leaving

function toButton({ key, label, isPrimary, isDisabled, isCritical }: Control): HTMLButtonElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = label
  button.disabled = isDisabled
  button.classList.toggle('primary', isPrimary)
  button.classList.toggle('critical', isCritical)
  button.addEventListener('click', () => tell({ type: 'press', key }))
  return button
}

function showToast(toast: Extract<ToAdmin, { type: 'toast' }>): void {
  const { id, text, isError, durationMs, action } = toast
  const item = document.createElement('div')
  item.id = `toast-${id}`
  item.className = isError ? 'toast error' : 'toast'
  item.append(text)
  if (action) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = action
    button.addEventListener('click', () => tell({ type: 'toast-action', id }))
    item.append(button)
  }
  toasts.append(item)
  setTimeout(() => {
    item.remove()
    tell({ type: 'toast-gone', id })
  }, durationMs)
}

function confirmLeaving(leave: () => void): void {
  if (saveBar.hidden) return leave()
  leaveDialog.onclose = () => {
    if (leaveDialog.returnValue !== 'leave') return
    saveBar.hidden = true
    leave()
  }
  leaveDialog.returnValue = ''
  leaveDialog.showModal()
}

/** Shopify's resource picker: the store's collections or products, to be ticked. */
async function pick(asked: Extract<ToAdmin, { type: 'pick' }>): Promise<void> {
  const { id, resource, isMultiple, selected } = asked
  const response = await fetch(`/store/${store}/resources?type=${resource}`)
  const found: Picked[] = await response.json()
  const choices = found.map((each) => {
    const box = document.createElement('input')
    box.type = isMultiple ? 'checkbox' : 'radio'
    box.name = 'resource'
    box.value = each.id
    box.checked = selected.includes(each.id)
    return { ...each, box }
  })
  const title = required(pickDialog.querySelector('h2'))
  title.textContent = resource === 'collection' ? 'Select collections' : 'Select products'
  required(pickDialog.querySelector('ul')).replaceChildren(
    ...choices.map(({ title, box }) => {
      const item = document.createElement('li')
      const label = document.createElement('label')
      label.append(box, ` ${title}`)
      item.append(label)
      return item
    }),
  )
  pickDialog.onclose = () => {
    const chosen = choices.filter(({ box }) => box.checked).map(({ id, title }) => ({ id, title }))
    tell({ type: 'picked', id, resources: pickDialog.returnValue === 'select' ? chosen : null })
  }
  pickDialog.returnValue = ''
  pickDialog.showModal()
}

// Access scopes

async function answerScopes(asked: Extract<ToAdmin, { type: 'scopes' }>): Promise<void> {
  tell({ type: 'scopes', id: asked.id, answer: await scopesAnswer(asked) })
}

async function scopesAnswer({
  does,
  scopes,
}: Extract<ToAdmin, { type: 'scopes' }>): Promise<ScopesAnswer> {
  if (does === 'revoke') return callScopes('/drop', scopes)
  const now = await callScopes('')
  if (does === 'query' || !now.ok) return now
  const missing = scopes.filter((scope) => !now.detail.granted.includes(scope))
  if (missing.length === 0) return now
  return (await hasConsent(missing)) ? callScopes('/add', missing) : { ...now, isGiven: false }
}

async function callScopes(path: string, scopes?: string[]): Promise<ScopesAnswer> {
  const response = await fetch(`/store/${store}/scopes${path}`, {
    method: scopes ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json' },
    body: scopes ? JSON.stringify({ scopes }) : null,
  })
  const body = await response.json()
  return response.ok
    ? { ok: true, isGiven: true, detail: body }
    : { ok: false, why: String(body.error) }
}

/** Asks the merchant, who may decline. */
function hasConsent(scopes: string[]): Promise<boolean> {
  required(consentDialog.querySelector('ul')).replaceChildren(
    ...scopes.map((scope) => {
      const item = document.createElement('li')
      item.textContent = scope
      return item
    }),
  )
  consentDialog.returnValue = ''
  consentDialog.showModal()
  return new Promise((resolve) => {
    consentDialog.onclose = () => resolve(consentDialog.returnValue === 'allow')
  })
}

function required<T>(element: T | null): T {
  if (element === null) throw new Error('The admin page lacks a part')
  return element
}
