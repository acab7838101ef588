/**
 * The people who shop in the two demo stores. Both sides of the sandbox are seeded from this list:
 * the local Shopify makes a customer of each, the local Klaviyo a profile with the same addresses,
 * so that a profile can be matched to its customer the way it happens in a real store.
 */
export interface Person {
  firstName: string
  lastName: string
  /** Kept in the case the customer typed it; both platforms compare it without regard to case. */
  email?: string
  /** E.164. Numbers come from the ranges that regulators set aside for fiction. */
  phone?: string
  /** Tags that the customer carries in Shopify before the app acts. */
  tags: string[]
}

export type DemoStore = 'demo-one' | 'demo-two'

export const people: Record<DemoStore, Person[]> = {
  'demo-one': [
    {
      firstName: 'Ada',
      lastName: 'Moreno',
      email: 'ada.moreno@example.com',
      phone: '+12025550101',
      tags: ['VIP', 'newsletter'],
    },
    { firstName: 'Ben', lastName: 'Okafor', email: 'ben.okafor@example.com', tags: [] },
    {
      firstName: 'Chloé',
      lastName: 'Laurent',
      email: 'chloe.laurent@example.com',
      phone: '+33199005501',
      tags: ['wholesale'],
    },
    {
      firstName: 'Dmitri',
      lastName: 'Volkov',
      email: 'Dmitri.Volkov@Example.COM',
      tags: ['Newsletter'],
    },
    { firstName: 'Elena', lastName: 'Rossi', phone: '+12025550105', tags: ['sms-only'] },
    {
      firstName: 'Farah',
      lastName: 'Haddad',
      email: 'farah.haddad@example.com',
      phone: '+12025550106',
      tags: ['klaviyo-reengaged-q1-2026', 'VIP'],
    },
    { firstName: 'Gwen', lastName: 'Sato', email: 'gwen.sato@example.com', tags: ['first-order'] },
    {
      firstName: 'Henrik',
      lastName: 'Nygård',
      email: 'henrik+shop@example.com',
      tags: ['returns-often', 'newsletter'],
    },
    { firstName: 'Imani', lastName: 'Wright', phone: '+447700900109', tags: [] },
    {
      firstName: 'Jonas',
      lastName: "O'Neill",
      email: "jonas.o'neill@example.com",
      phone: '+447700900110',
      tags: ['staff'],
    },
    { firstName: 'Kavya', lastName: 'Iyer', email: 'KAVYA.iyer@example.com', tags: [] },
    {
      firstName: 'Liam',
      lastName: 'Becker',
      email: 'liam.becker@example.com',
      tags: ['win-back', 'loyalty-silver', 'newsletter'],
    },
  ],
  'demo-two': [
    {
      firstName: 'Maya',
      lastName: 'Lindqvist',
      email: 'maya.lindqvist@example.com',
      phone: '+12025550121',
      tags: ['trade'],
    },
    { firstName: 'Noah', lastName: 'Castillo', email: 'noah.castillo@example.com', tags: [] },
    // A customer of both stores: the same address must never leak from one shop into the other.
    {
      firstName: 'Ada',
      lastName: 'Moreno',
      email: 'ada.moreno@example.com',
      phone: '+12025550101',
      tags: ['gift-buyer'],
    },
    { firstName: 'Olga', lastName: 'Petrova', phone: '+12025550124', tags: [] },
    {
      firstName: 'Pedro',
      lastName: 'Almeida',
      email: 'pedro.almeida@example.com',
      tags: ['newsletter'],
    },
  ],
}
