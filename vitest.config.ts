import { defineConfig } from 'vitest/config'

const node = { environment: 'node' as const, globals: false }

/** Integration, browser and fault tests start processes of their own: one file at a time. */
const alone = { ...node, fileParallelism: false, testTimeout: 120_000, hookTimeout: 180_000 }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 20_000,
          setupFiles: ['test/unit/environment.ts'],
        },
      },
      {
        test: {
          ...alone,
          name: 'pglite',
          include: ['test/integration/**/*.test.ts'],
          env: { TEST_DATABASE: 'pglite' },
        },
      },
      {
        test: {
          ...alone,
          name: 'postgresql',
          include: ['test/integration/**/*.test.ts'],
          env: { TEST_DATABASE: 'postgresql' },
        },
      },
      {
        test: {
          ...alone,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          env: { TEST_DATABASE: 'pglite' },
        },
      },
      {
        test: {
          ...alone,
          name: 'fault',
          include: ['test/fault/**/*.test.ts'],
          env: { TEST_DATABASE: 'pglite' },
        },
      },
    ],
  },
})
