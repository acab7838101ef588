/** Generates the types of the GraphQL documents in app/, offline: `npm run graphql:types`. */
import { ApiType, pluckConfig, preset } from '@shopify/api-codegen-preset'
import { printSchema } from 'graphql'
import { loadAdminSchema } from './scripts/admin-schema.ts'

export default {
  schema: printSchema(loadAdminSchema()),
  documents: ['app/**/*.{ts,tsx}', '!app/**/generated/**'],
  pluckConfig,
  generates: {
    'app/shopify/generated/admin.types.d.ts': {
      plugins: ['typescript'],
      config: { defaultScalarType: 'string', scalars: { JSON: 'unknown' } },
    },
    'app/shopify/generated/admin.generated.d.ts': {
      preset,
      presetConfig: { apiType: ApiType.Admin },
    },
  },
}
