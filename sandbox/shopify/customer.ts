export interface Customer {
  id: string
  firstName: string | null
  lastName: string | null
  email: string | null
  phone: string | null
  note: string | null
  tags: string[]
  createdAt: Date
  updatedAt: Date
}

export type CustomerDraft = Partial<Omit<Customer, 'id' | 'createdAt' | 'updatedAt'>>

/** The numeric part of a global id, the id that webhooks and URLs use. */
export function legacyId(gid: string): string {
  return gid.slice(gid.lastIndexOf('/') + 1)
}

export function displayName(customer: Customer): string {
  const name = [customer.firstName, customer.lastName].filter(Boolean).join(' ')
  return name || customer.email || customer.phone || `Customer ${legacyId(customer.id)}`
}
