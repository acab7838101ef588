/** What bulk operations run: Shopify takes one line of variables after the other. */

export const setMetafieldsInBulk = `#graphql
  mutation setMetafieldsInBulk($metafields: [MetafieldsSetInput!]!) {
    metafieldsSet(metafields: $metafields) {
      userErrors {
        field
        code
        message
      }
    }
  }
`

export const deleteMetafieldsInBulk = `#graphql
  mutation deleteMetafieldsInBulk($metafields: [MetafieldIdentifierInput!]!) {
    metafieldsDelete(metafields: $metafields) {
      userErrors {
        field
        message
      }
    }
  }
`

/** A bulk query knows no variables: see `readCustomers`. */
const customers = `#graphql
  query readCustomersInBulk {
    customers {
      edges {
        node {
          id
          defaultEmailAddress {
            emailAddress
          }
          defaultPhoneNumber {
            phoneNumber
          }
        }
      }
    }
  }
`

/** All customers with their addresses, or those that changed since. */
export const readCustomers = (since: Date | null): string =>
  since === null
    ? customers
    : customers.replace(
        'customers {',
        `customers(query: "updated_at:>='${since.toISOString()}'") {`,
      )
