/**
 * The one shape of every action. The editor, the drain and the activity know this shape and no
 * action by name.
 */
import type { z } from 'zod'
import type { Tx } from '../db/client.server.ts'
import type { KlaviyoApi } from '../klaviyo/klaviyo.ts'
import type { FieldProblem, Problem } from '../problem.ts'
import type { Facts, Json } from '../rules/facts.ts'
import { checkTemplate } from '../rules/template.ts'
import type { AdminApi, CustomerGid, Metafield } from '../shopify/admin.ts'
import type { OrderRef, StoredOrder } from '../shopify/orders.ts'

/** The customer as the batch sees it: what Shopify answered, moved on by each change planned since. */
export interface Target {
  id: CustomerGid
  tags: readonly string[]
  /** Tags that we added and still hold, oldest first. Only these may be rotated out. */
  ownTags: readonly string[]
  /** How each of them is ours, by `tagKey`. */
  grants?: ReadonlyMap<string, TagGrant>
  /** What the batch has planned so far for properties of the customer's Klaviyo profile. */
  profileChanges?: Readonly<Record<string, Json>>
  /** Which properties of it events set, those of this batch and the newer ones of events tried again. */
  profileWrites?: readonly ProfileWrite[]
  /** Those that the actions asked for, by name; null = the customer has none of it. */
  metafields?: ReadonlyMap<string, Metafield | null>
  /** Discount codes that we made for the customer and that can still be used. */
  codes?: readonly LiveCode[]
  /** Of the codes whose making is to be undone, those that were used. */
  usedCodes?: readonly string[]
  /** Those that the actions asked for, by `keyOfRef`; null = none that the app may see. */
  orders?: ReadonlyMap<string, StoredOrder | null>
  /** Of the currency that the actions asked for. */
  storeCredit?: KnownCredit
}

/** Steps of newer events have greater ids. */
export interface ProfileWrite {
  stepId: string
  keys: string[]
}

export interface TagGrant {
  /** The step that gave the tag. */
  stepId: string
  /** When it is taken off again, ISO 8601; null = never. */
  until: string | null
}

/** A customer's store credit, or why the app can't know it. */
export type KnownCredit =
  | {
      ok: true
      /** Decimal. */
      balance: string
      /** What is left of the credits that we gave last, by step; decimals. */
      left: ReadonlyMap<string, string>
      /** What is left of credits that we took back: their debits took it from others. Decimal. */
      owed: string
    }
  | { ok: false; problem: Problem }

export interface LiveCode {
  ruleId: string
  code: string
  /** What it is worth, in words. */
  worth: string
  endsAt: Date
}

/** Which planning it is. Ids and time come in, so that planning stays pure. */
export interface Occasion {
  shop: string
  stepId: string
  at: Date
}

/** Limits the merchant set for the whole shop. */
export interface Guard {
  /** Budget for the joined tag string in characters, or null for Shopify's own limits only. */
  tagBudget: number | null
}

/**
 * What an action decided. `change` says all that `apply` needs and is stored as the step's intent
 * before anything is written, so that a retry repeats exactly it.
 */
export type Planned<Change> =
  | { outcome: 'change'; change: Change; before: Json; after: Json; note: string; target: Target }
  | { outcome: 'skip'; reason: string }
  | { outcome: 'fail'; problem: Problem }

/** What a step did, as it was recorded. */
export interface Done<Change> {
  stepId: string
  change: Change
  before: Json
  after: Json
}

/**
 * Plans how to take back what a step did: only what is still as the step left it. The change is
 * carried out by the action's `apply` like any other. Pure.
 */
export type Undo<Change> = (
  done: Done<Change>,
  facts: Facts,
  target: Target,
  occasion: Occasion,
  guard: Guard,
) => Planned<Change>

/** Steps that can't be undone any more, and why. */
export interface LostSteps {
  reason: string
  count: number
}

/** One intent to carry out. */
export interface Intent<Change> {
  stepId: string
  shop: string
  customer: CustomerGid
  change: Change
}

export type Applied =
  | { ok: true }
  /**
   * `decideAnew`: nothing was written since what is there is no longer what the intent was planned
   * upon. The intent is dropped, and the next try plans another.
   */
  | { ok: false; problem: Problem; decideAnew?: boolean }

/** The shop's two sides, each paced and with the shop's own credentials. */
export interface Services {
  shopify: AdminApi
  klaviyo: KlaviyoApi
}

/** A field of an action's settings that is a Liquid template. */
export interface TemplateField {
  /** Path inside the settings, e.g. `tags.0`. */
  field: string
  template: string
}

/** Something of the store that a setting names, checked before the rule is saved. */
export type StoreNeed =
  | { field: string; currency: string }
  | { field: string; resource: string; title: string }
  /** Customers must be able to pay with it. */
  | { field: string; payment: 'store-credit' }

export interface Action<Settings, Change extends Json> {
  kind: string
  /** What the editor's menu says: "Add tags". */
  title: string
  settings: z.ZodType<Settings>
  change: z.ZodType<Change>
  /** One line for lists: "Add vip, win-back". */
  describe(settings: Settings): string
  /** What that many steps did, or did for that many customers, for totals: "made 214 codes". */
  tally(count: number, isPerCustomer: boolean): string
  /** Whether it does its thing once a customer, however often the rule meets them. */
  isPerCustomer?(settings: Settings): boolean
  templates(settings: Settings): TemplateField[]
  /** Names of the customer's metafields that `plan` compares with, `loyalty.status`. */
  metafields?(settings: Settings): string[]
  /** Whether `plan` has to know the codes that we made for the customer. */
  usesCodes?: boolean
  /** Orders that `plan` compares with. */
  orders?(settings: Settings, facts: Facts): OrderRef[]
  /** Orders that `undo` compares with. */
  ordersOf?(change: Change): OrderRef[]
  /** The currency of the store credit that `plan` and `undo` have to know. */
  storeCredit?(settings: Settings): string
  /** The properties of the Klaviyo profile that were set: an older event leaves a newer one's. */
  profileKeys?(change: Change): string[]
  /** Permissions that the app asks a store for when it first saves a rule with this action. */
  optionalScopes?: readonly string[]
  /** About what `apply` costs of Shopify's limit, for estimates; left out: one mutation. */
  points?: number
  /** What has to exist in the store for these settings to work. */
  needs?(settings: Settings): StoreNeed[]
  /** Pure. Renders the templates and compares with what the customer has. */
  plan(
    settings: Settings,
    facts: Facts,
    target: Target,
    guard: Guard,
    occasion: Occasion,
  ): Planned<Change>
  /** Variables for the templates of the actions behind it: `{ discount: { code: … } }`. Pure. */
  gives?(change: Change): Record<string, Json>
  /** The same with made-up values, for the editor. */
  sample?: Record<string, Json>
  /**
   * Carries the intents out, all together in as few requests as can be; answers in the same order.
   * Idempotent: an intent carried out before is carried out again without a second effect.
   * Throws a ProblemError only when the whole batch could not be tried (connection, throttling).
   */
  apply(intents: Intent<Change>[], services: Services): Promise<Applied[]>
  /** How what a step did is taken back, or why it can't be. */
  undo: Undo<Change> | { impossible: string }
  /** Of these steps, those that what the action remembers tells to be beyond undoing. */
  lost?: (stepIds: string[], shop: string) => Promise<LostSteps[]>
  /**
   * Writes what the action itself must remember of intents that were carried out, in the
   * transaction that records their steps.
   */
  remember?(done: Intent<Change>[], tx: Tx): Promise<void>
}

/** An action whose settings and changes come as JSON, as they are stored. */
export interface AnyAction {
  kind: string
  title: string
  /** What is wrong with the settings, templates included; paths are relative to the settings. */
  check(settings: Json): FieldProblem[]
  templates(settings: Json): TemplateField[]
  describe(settings: Json): string
  tally(count: number, isPerCustomer: boolean): string
  isPerCustomer(settings: Json): boolean
  metafields(settings: Json): string[]
  usesCodes: boolean
  orders(settings: Json, facts: Facts): OrderRef[]
  ordersOf(change: Json): OrderRef[]
  storeCredit(settings: Json): string | null
  /** Whether it sets properties of the Klaviyo profile: those of `profileKeys`. */
  setsProfile: boolean
  profileKeys(change: Json): string[]
  optionalScopes: readonly string[]
  points: number
  needs(settings: Json): StoreNeed[]
  plan(
    settings: Json,
    facts: Facts,
    target: Target,
    guard: Guard,
    occasion: Occasion,
  ): Planned<Json>
  gives(change: Json): Record<string, Json>
  sample: Record<string, Json>
  apply(intents: Intent<Json>[], services: Services): Promise<Applied[]>
  undo: Undo<Json>
  /** Why none of its steps can be undone, or null. */
  irrevocable: string | null
  /** Null where only the customer as they are tells. */
  lost: ((stepIds: string[], shop: string) => Promise<LostSteps[]>) | null
  remember(done: Intent<Json>[], tx: Tx): Promise<void>
}

/** https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits */
const pointsOfMutation = 10

/** "1 code", "2,000 codes". */
export const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`

/** "once", "2 times". */
export const times = (count: number): string =>
  count === 1 ? 'once' : counted(count, 'time', 'times')

/** Puts the action's own schemas between stored JSON and its typed functions. */
export function defineAction<Settings, Change extends Json>(
  action: Action<Settings, Change>,
): AnyAction {
  const typed = (intents: Intent<Json>[]) =>
    intents.map((intent) => ({ ...intent, change: action.change.parse(intent.change) }))
  const { undo } = action
  return {
    kind: action.kind,
    title: action.title,
    check: (settings) => {
      const parsed = action.settings.safeParse(settings)
      if (!parsed.success) {
        return parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }))
      }
      return action.templates(parsed.data).flatMap(({ field, template }) => {
        const message = checkTemplate(template)
        return message ? [{ field, message }] : []
      })
    },
    templates: (settings) => action.templates(action.settings.parse(settings)),
    describe: (settings) => action.describe(action.settings.parse(settings)),
    tally: (count, isPerCustomer) => action.tally(count, isPerCustomer),
    isPerCustomer: (settings) => action.isPerCustomer?.(action.settings.parse(settings)) ?? false,
    metafields: (settings) => action.metafields?.(action.settings.parse(settings)) ?? [],
    usesCodes: action.usesCodes ?? false,
    orders: (settings, facts) => action.orders?.(action.settings.parse(settings), facts) ?? [],
    ordersOf: (change) => action.ordersOf?.(action.change.parse(change)) ?? [],
    storeCredit: (settings) => action.storeCredit?.(action.settings.parse(settings)) ?? null,
    setsProfile: action.profileKeys !== undefined,
    profileKeys: (change) => action.profileKeys?.(action.change.parse(change)) ?? [],
    optionalScopes: action.optionalScopes ?? [],
    points: action.points ?? pointsOfMutation,
    needs: (settings) => action.needs?.(action.settings.parse(settings)) ?? [],
    plan: (settings, facts, target, guard, occasion) =>
      action.plan(action.settings.parse(settings), facts, target, guard, occasion),
    gives: (change) => action.gives?.(action.change.parse(change)) ?? {},
    sample: action.sample ?? {},
    apply: (intents, services) => action.apply(typed(intents), services),
    undo: (done, ...rest) =>
      typeof undo === 'function'
        ? undo({ ...done, change: action.change.parse(done.change) }, ...rest)
        : { outcome: 'skip', reason: undo.impossible },
    irrevocable: typeof undo === 'function' ? null : undo.impossible,
    lost: action.lost ?? null,
    remember: async (done, tx) => action.remember?.(typed(done), tx),
  }
}
