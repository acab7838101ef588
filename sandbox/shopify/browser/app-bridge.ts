/**
 * Stands in for App Bridge v4 (https://cdn.shopify.com/shopifycloud/app-bridge.js) where the app
 * runs inside the sandbox's admin: the same `window.shopify`, the same elements, the same signed
 * fetches, with the admin page around it as the other half. Served as a classic script, as the
 * original is, so it imports nothing but types.
 */
import type { Control, Picked, ScopesAnswer, Sealed, ToAdmin, ToApp } from './messages.ts'

{
  const isEmbedded = window.parent !== window
  const script = document.currentScript
  const parameters = new URL(location.href).searchParams

  const config = readConfig()

  function readConfig() {
    const meta = document.querySelector('meta[name="shopify-api-key"]')
    const remembered = sessionStorage.getItem('sandbox-app-bridge')
    const earlier: Record<string, string> = remembered ? JSON.parse(remembered) : {}
    const current = {
      apiKey: script?.dataset.apiKey ?? meta?.getAttribute('content') ?? '',
      shop: parameters.get('shop') ?? earlier.shop ?? '',
      host: parameters.get('host') ?? earlier.host ?? '',
      locale: parameters.get('locale') ?? earlier.locale ?? 'en',
    }
    sessionStorage.setItem('sandbox-app-bridge', JSON.stringify(current))
    return current
  }

  // Talking to the admin

  let lastId = 0
  const waiting = new Map<number, (token: string) => void>()
  const presses = new Map<string, HTMLElement>()

  function tell(message: ToAdmin): void {
    const sealed: Sealed<ToAdmin> = { ...message, sandbox: 'app-bridge' }
    if (isEmbedded) window.parent.postMessage(sealed, '*')
  }

  function ask(type: 'token' | 'leave'): Promise<string> {
    if (!isEmbedded) return Promise.reject(new Error('The app is not inside the admin'))
    const id = ++lastId
    return new Promise((resolve) => {
      waiting.set(id, resolve)
      tell({ type, id })
    })
  }

  window.addEventListener('message', ({ source, data }: MessageEvent<unknown>) => {
    if (source !== window.parent || !isForUs(data)) return
    switch (data.type) {
      case 'token':
        waiting.get(data.id)?.(data.token)
        waiting.delete(data.id)
        break
      case 'leave':
        waiting.get(data.id)?.('')
        waiting.delete(data.id)
        break
      case 'picked':
        picking.get(data.id)?.(data.resources ?? undefined)
        picking.delete(data.id)
        break
      case 'scopes':
        askingScopes.get(data.id)?.(data.answer)
        askingScopes.delete(data.id)
        break
      case 'navigate':
        navigate(data.path)
        break
      case 'press':
        presses.get(data.key)?.click()
        break
      case 'toast-action':
        toasts.get(data.id)?.onAction?.()
        break
      case 'toast-gone':
        toasts.get(data.id)?.onDismiss?.()
        toasts.delete(data.id)
    }
  })

  function isForUs(data: unknown): data is Sealed<ToApp> {
    return (
      typeof data === 'object' && data !== null && Reflect.get(data, 'sandbox') === 'app-bridge'
    )
  }

  // Session tokens

  const idToken = () => ask('token')
  const nativeFetch = window.fetch.bind(window)

  window.fetch = async (input, init) => {
    const request = new Request(input, init)
    const isOwn = new URL(request.url).origin === location.origin
    if (!isEmbedded || !isOwn || request.headers.has('authorization')) return nativeFetch(request)

    const spare = request.clone()
    const response = await nativeFetch(await signed(request))
    const reauthorize = response.headers.get('X-Shopify-API-Request-Failure-Reauthorize-Url')
    if (reauthorize) open(reauthorize, '_top')
    const wantsRetry = response.headers.get('X-Shopify-Retry-Invalid-Session-Request')
    return response.status === 401 && wantsRetry ? nativeFetch(await signed(spare)) : response
  }

  async function signed(request: Request): Promise<Request> {
    const headers = new Headers(request.headers)
    headers.set('Authorization', `Bearer ${await idToken()}`)
    headers.set('X-Requested-With', 'XMLHttpRequest')
    return new Request(request, { headers })
  }

  // The bounce page: an app that got no usable token sends the browser there, to come back with one.
  const reload = parameters.get('shopify-reload')
  if (reload && isEmbedded) {
    void idToken().then((token) => {
      const target = new URL(reload, location.href)
      if (target.origin !== location.origin) return
      target.searchParams.set('id_token', token)
      location.replace(target)
    })
  }

  // Where the app is, and going elsewhere

  const embeddingParameters = [
    'appLoadId',
    'embedded',
    'hmac',
    'host',
    'id_token',
    'locale',
    'protocol',
    'session',
    'shop',
    'timestamp',
  ]

  function reportLocation(): void {
    if (reload) return
    const url = new URL(location.href)
    for (const name of embeddingParameters) url.searchParams.delete(name)
    tell({ type: 'location', path: url.pathname + url.search })
  }

  for (const method of ['pushState', 'replaceState'] as const) {
    const native = history[method].bind(history)
    history[method] = (state: unknown, unused: string, url?: string | URL | null) => {
      native(state, unused, url)
      reportLocation()
    }
  }
  window.addEventListener('popstate', reportLocation)
  reportLocation()

  /** App Bridge lets the app's own router follow: it fires this event on a link to go to. */
  function navigate(path: string): void {
    const link = document.createElement('a')
    link.setAttribute('href', path)
    link.hidden = true
    document.body.append(link)
    link.dispatchEvent(new CustomEvent('shopify:navigate', { bubbles: true }))
    link.remove()
  }

  const isAdminUrl = (url: string) =>
    /^shopify:\/*admin\//i.test(url) || url.startsWith('https://admin.shopify.com/')

  const nativeOpen = window.open.bind(window)
  window.open = (url, target, features) => {
    const address = String(url ?? '')
    if (!isAdminUrl(address) || !isEmbedded) return nativeOpen(url, target, features)
    tell({ type: 'open', url: address, isNewTab: target === '_blank' })
    return null
  }

  document.addEventListener(
    'click',
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null
      const href = link?.getAttribute('href') ?? ''
      if (!isEmbedded || !isAdminUrl(href)) return
      event.preventDefault()
      event.stopPropagation()
      const isNewTab = link?.getAttribute('target') === '_blank' || event.metaKey || event.ctrlKey
      tell({ type: 'open', url: href, isNewTab })
    },
    true,
  )

  // Elements

  /** The buttons and links among an element's children, as the admin is to show them. */
  function controlsOf(owner: Element, name: string): Control[] {
    const found = [...owner.querySelectorAll<HTMLElement>('button, a')]
    return found
      .filter((element) => element.getAttribute('variant') !== 'breadcrumb')
      .map((element, position) => {
        const key = `${name}-${position}`
        presses.set(key, element)
        return {
          key,
          label: element.textContent?.trim() ?? '',
          isPrimary: element.getAttribute('variant') === 'primary',
          isDisabled: isOn(element, 'disabled') || isOn(element, 'loading'),
          isCritical: element.getAttribute('tone') === 'critical',
        }
      })
  }

  const isOn = (element: Element, attribute: string) =>
    element.hasAttribute(attribute) && element.getAttribute(attribute) !== 'false'

  /** Later, as the original does, since React puts its listeners on after it called `show()`. */
  function announce(element: HTMLElement, type: 'show' | 'hide'): void {
    queueMicrotask(() => element.dispatchEvent(new Event(type)))
  }

  /** An element that shows nothing itself; the admin does, whenever its content changes. */
  abstract class Mirrored extends HTMLElement {
    readonly #observer = new MutationObserver(() => this.mirror())

    connectedCallback(): void {
      this.#observer.observe(this, {
        attributes: true,
        characterData: true,
        childList: true,
        subtree: true,
      })
      this.mirror()
    }

    disconnectedCallback(): void {
      this.#observer.disconnect()
      this.withdraw()
    }

    abstract mirror(): void
    abstract withdraw(): void
  }

  class NavMenu extends Mirrored {
    mirror(): void {
      const links = [...this.querySelectorAll('a[href]')]
      const items = links
        .filter((link) => link.getAttribute('rel') !== 'home')
        .map((link) => ({
          label: link.textContent?.trim() ?? '',
          href: link.getAttribute('href') ?? '',
        }))
      tell({ type: 'nav', items })
    }

    withdraw(): void {
      tell({ type: 'nav', items: [] })
    }
  }

  class TitleBar extends Mirrored {
    mirror(): void {
      // A modal shows its own title bar.
      if (this.closest('ui-modal')) return
      const title = this.getAttribute('title') ?? ''
      tell({ type: 'title-bar', title, controls: controlsOf(this, 'title') })
    }

    withdraw(): void {
      if (!document.querySelector('ui-title-bar')) {
        tell({ type: 'title-bar', title: '', controls: [] })
      }
    }
  }

  let shownBar: SaveBar | null = null

  function putUp(bar: SaveBar): void {
    shownBar = bar
  }

  class SaveBar extends Mirrored {
    get showing(): boolean {
      return shownBar === this
    }

    show(): Promise<void> {
      if (!this.showing) {
        putUp(this)
        this.mirror()
        announce(this, 'show')
      }
      return Promise.resolve()
    }

    hide(): Promise<void> {
      if (this.showing) {
        this.withdraw()
        announce(this, 'hide')
      }
      return Promise.resolve()
    }

    toggle(): Promise<void> {
      return this.showing ? this.hide() : this.show()
    }

    mirror(): void {
      if (!this.showing) return
      const controls = controlsOf(this, 'save').map((control) => ({
        ...control,
        label: control.label || (control.isPrimary ? 'Save' : 'Discard'),
      }))
      tell({ type: 'save-bar', controls })
    }

    withdraw(): void {
      if (!this.showing) return
      shownBar = null
      tell({ type: 'save-bar', controls: null })
    }
  }

  class Modal extends Mirrored {
    readonly content = document.createElement('div')
    readonly #dialog = document.createElement('dialog')
    readonly #heading = document.createElement('h2')
    readonly #footer = document.createElement('footer')

    constructor() {
      super()
      const close = document.createElement('button')
      close.type = 'button'
      close.textContent = '✕'
      close.setAttribute('aria-label', 'Close')
      close.addEventListener('click', () => void this.hide())
      const header = document.createElement('header')
      header.append(this.#heading, close)
      this.#dialog.replaceChildren(header, this.content, this.#footer)
      this.#dialog.addEventListener('close', () => announce(this, 'hide'))
    }

    mirror(): void {
      const bar = this.querySelector('ui-title-bar')
      this.#heading.textContent = bar?.getAttribute('title') ?? ''
      this.#footer.replaceChildren(...[...(bar?.querySelectorAll('button') ?? [])].map(twin))
    }

    withdraw(): void {
      this.#dialog.remove()
    }

    show(): Promise<void> {
      if (this.#dialog.open) return Promise.resolve()
      document.body.append(this.#dialog)
      this.#dialog.className = `sandbox-modal ${this.getAttribute('variant') ?? 'base'}`
      this.mirror()
      this.#dialog.showModal()
      announce(this, 'show')
      return Promise.resolve()
    }

    hide(): Promise<void> {
      if (this.#dialog.open) this.#dialog.close()
      return Promise.resolve()
    }

    toggle(): Promise<void> {
      return this.#dialog.open ? this.hide() : this.show()
    }
  }

  /** A button for the modal's foot that presses the app's own. */
  function twin(button: HTMLButtonElement): HTMLButtonElement {
    const copy = document.createElement('button')
    copy.type = 'button'
    copy.textContent = button.textContent
    copy.disabled = button.disabled
    copy.className = [button.getAttribute('variant'), button.getAttribute('tone')].join(' ')
    copy.addEventListener('click', () => button.click())
    return copy
  }

  customElements.define('ui-nav-menu', NavMenu)
  customElements.define('ui-title-bar', TitleBar)
  customElements.define('ui-save-bar', SaveBar)
  customElements.define('ui-modal', Modal)

  // A sheet of its own, since a changed document could not be hydrated by the app any more.
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`
    ui-nav-menu, ui-title-bar, ui-save-bar, ui-modal { display: none }
    dialog.sandbox-modal { border: 0; border-radius: 12px; padding: 0; width: min(620px, 92vw);
      box-shadow: 0 20px 40px rgb(0 0 0 / 30%); font-family: inherit }
    dialog.sandbox-modal.small { width: min(380px, 92vw) }
    dialog.sandbox-modal.large { width: min(980px, 92vw) }
    dialog.sandbox-modal.max { width: 96vw; height: 94vh }
    dialog.sandbox-modal::backdrop { background: rgb(0 0 0 / 50%) }
    dialog.sandbox-modal > header { display: flex; align-items: center; justify-content: space-between; padding: 12px 16px;
      background: #f3f3f3 }
    dialog.sandbox-modal > header h2 { font-size: 14px; font-weight: 650; margin: 0 }
    dialog.sandbox-modal > footer { display: flex; flex-direction: row-reverse; gap: 8px;
      padding: 12px 16px; border-top: 1px solid #ebebeb }
    dialog.sandbox-modal > :is(header, footer) button { border: 1px solid #ccc; border-radius: 8px; padding: 5px 12px;
      background: #fff; font: inherit; cursor: pointer }
    dialog.sandbox-modal > footer button.primary { background: #303030; color: #fff }
    dialog.sandbox-modal > footer button.critical { background: #c70a24; color: #fff }`)
  document.adoptedStyleSheets.push(sheet)

  // Forms with data-save-bar have a save bar of their own

  const formBars = new WeakMap<HTMLFormElement, SaveBar>()

  function barOf(form: HTMLFormElement): SaveBar {
    const known = formBars.get(form)
    if (known) return known
    const bar = document.createElement('ui-save-bar')
    if (!(bar instanceof SaveBar)) throw new Error('ui-save-bar is not defined')
    const save = document.createElement('button')
    save.setAttribute('variant', 'primary')
    save.textContent = 'Save'
    save.addEventListener('click', () => form.requestSubmit())
    const discard = document.createElement('button')
    discard.textContent = 'Discard'
    discard.addEventListener('click', () => form.reset())
    bar.append(save, discard)
    document.body.append(bar)
    formBars.set(form, bar)
    return bar
  }

  const saveBarForm = ({ target }: Event): HTMLFormElement | null =>
    target instanceof Element ? target.closest<HTMLFormElement>('form[data-save-bar]') : null

  const onForm = (type: string, act: (bar: SaveBar) => void) =>
    document.addEventListener(type, (event) => {
      const form = saveBarForm(event)
      if (form) act(barOf(form))
    })
  onForm('input', (bar) => void bar.show())
  onForm('change', (bar) => void bar.show())
  onForm('submit', (bar) => void bar.hide())
  onForm('reset', (bar) => void bar.hide())

  // window.shopify

  interface ToastOptions {
    duration?: number
    isError?: boolean
    action?: string
    onAction?: () => void
    onDismiss?: () => void
  }

  const toasts = new Map<number, ToastOptions>()

  const toast = {
    show(text: string, options: ToastOptions = {}): string {
      const id = ++lastId
      toasts.set(id, options)
      const { isError = false, duration = 5_000, action = null } = options
      tell({ type: 'toast', id, text, isError, durationMs: duration, action })
      return String(id)
    },
    hide: (id: string) => tell({ type: 'hide-toast', id: Number(id) }),
  }

  function saveBar(id: string): SaveBar {
    const element = document.getElementById(id)
    if (element instanceof SaveBar) return element
    throw new Error(`No ui-save-bar with the id ${id}`)
  }

  function modal(id: string): Modal {
    const element = document.getElementById(id)
    if (element instanceof Modal) return element
    throw new Error(`No ui-modal with the id ${id}`)
  }

  interface PickerOptions {
    type: 'collection' | 'product' | 'variant'
    multiple?: boolean | number
    selectionIds?: { id: string }[]
  }

  const picking = new Map<number, (resources: Picked[] | undefined) => void>()

  function resourcePicker(options: PickerOptions): Promise<Picked[] | undefined> {
    const { type, multiple = false, selectionIds = [] } = options
    if (type === 'variant') return unsupported('resourcePicker of variants')()
    const id = ++lastId
    const selected = selectionIds.map((each) => each.id)
    tell({ type: 'pick', id, resource: type, isMultiple: multiple !== false, selected })
    return new Promise((resolve) => picking.set(id, resolve))
  }

  const askingScopes = new Map<number, (answer: ScopesAnswer) => void>()

  async function askScopes(does: 'query' | 'request' | 'revoke', scopes: string[] = []) {
    const id = ++lastId
    const answer = await new Promise<ScopesAnswer>((resolve) => {
      askingScopes.set(id, resolve)
      tell({ type: 'scopes', id, does, scopes })
    })
    if (!answer.ok) throw new Error(answer.why)
    return answer
  }

  const unsupported = (name: string) => () =>
    Promise.reject(new Error(`not supported by the sandbox: shopify.${name}`))

  const shopify = {
    config,
    origin: location.origin,
    ready: Promise.resolve(),
    environment: { mobile: false, embedded: isEmbedded, pos: false },
    idToken,
    toast,
    loading: (isLoading = true) => tell({ type: 'loading', isLoading }),
    saveBar: {
      show: (id: string) => saveBar(id).show(),
      hide: (id: string) => saveBar(id).hide(),
      toggle: (id: string) => saveBar(id).toggle(),
      leaveConfirmation: async () => {
        if (shownBar) await ask('leave')
      },
    },
    modal: {
      show: (id: string) => modal(id).show(),
      hide: (id: string) => modal(id).hide(),
      toggle: (id: string) => modal(id).toggle(),
    },
    user: () => Promise.resolve({ accountAccess: 'Full access' }),
    resourcePicker,
    picker: unsupported('picker'),
    scopes: {
      query: async () => (await askScopes('query')).detail,
      request: async (scopes: string[]) => {
        const { isGiven, detail } = await askScopes('request', scopes)
        return { result: isGiven ? 'granted-all' : 'declined-all', detail }
      },
      revoke: async (scopes: string[]) => ({ detail: (await askScopes('revoke', scopes)).detail }),
    },
    intents: { invoke: unsupported('intents.invoke') },
    reviews: { request: unsupported('reviews.request') },
    webVitals: { onReport: unsupported('webVitals.onReport') },
  }
  Object.assign(window, { shopify })
}
