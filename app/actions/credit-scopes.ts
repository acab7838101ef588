/** What the app asks a store for before it gives store credit. Shared by the action and its form. */
export const creditScopes = [
  'read_store_credit_accounts',
  'write_store_credit_account_transactions',
] as const
